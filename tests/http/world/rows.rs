//! What tests look at in the database, where no page and no endpoint says it.

use entity::{client, decoupled_request, refresh_token_family, user_activity};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use serde_json::Value;

use super::{Client, Person, World};

impl World {
    /// Every request that somebody decides elsewhere.
    pub async fn decoupled(&self) -> Vec<decoupled_request::Model> {
        decoupled_request::Entity::find().all(self.app.db.reader()).await.unwrap()
    }

    /// The stable names of every fact, in order.
    pub async fn facts(&self) -> Vec<String> {
        let rows = user_activity::Entity::find().order_by_asc(user_activity::Column::Id);
        rows.all(self.app.db.reader()).await.unwrap().into_iter().map(|row| row.name).collect()
    }

    /// What is said of every fact of this name, in order.
    pub async fn details(&self, name: &str) -> Vec<Value> {
        let rows = user_activity::Entity::find().filter(user_activity::Column::Name.eq(name));
        let rows = rows.order_by_asc(user_activity::Column::Id).all(self.app.db.reader()).await.unwrap();
        rows.into_iter().map(|row| row.details).collect()
    }

    /// Changes one member of what a client registered, past every check.
    pub async fn change_metadata(&self, which: &Client, name: &str, value: Value) {
        let found = client::Entity::find().filter(client::Column::ClientId.eq(&which.id));
        let row = found.one(self.app.db.reader()).await.unwrap().unwrap();
        let mut metadata = row.metadata;
        metadata[name] = value;
        let change = client::ActiveModel { id: Set(row.id), metadata: Set(metadata), ..Default::default() };
        client::Entity::update(change).exec(self.app.db.reader()).await.unwrap();
    }

    /// How often something happened.
    pub async fn count_facts(&self, name: &str) -> usize {
        self.facts().await.iter().filter(|fact| *fact == name).count()
    }

    /// Every family of refresh tokens, in the order in which they were made.
    pub async fn families(&self) -> Vec<refresh_token_family::Model> {
        let rows = refresh_token_family::Entity::find().order_by_asc(refresh_token_family::Column::CreatedAt);
        rows.all(self.app.db.reader()).await.unwrap()
    }
}

impl Person {
    /// The facts about them, in order.
    pub async fn activity(&self) -> Vec<user_activity::Model> {
        let rows = user_activity::Entity::find()
            .filter(user_activity::Column::UserId.eq(self.id.uuid()))
            .order_by_asc(user_activity::Column::Id);
        rows.all(self.world.app.db.reader()).await.unwrap()
    }
}
