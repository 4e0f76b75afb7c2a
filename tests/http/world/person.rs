//! People.

use serde_json::{Map, Value};
use signet::{
    domain::{
        sessions::{LockUser, UnlockUser},
        users::{CreateUser, Whom},
    },
    kernel::{id::UserId, secret::Secret},
};

use super::{Browser, World};

/// A password that nothing objects to.
pub const PASSWORD: &str = "violet umbrella tango";

/// Someone without an account yet.
#[must_use]
pub struct NewPerson {
    world: World,
    name: String,
    claims: Map<String, Value>,
}

/// Someone with an account.
#[derive(Clone)]
pub struct Person {
    pub world: World,
    /// The `sub` of their tokens.
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub password: String,
}

impl Person {
    /// The same person, where the service was started again.
    pub fn at(&self, world: &World) -> Self {
        Self { world: world.clone(), ..self.clone() }
    }
}

impl NewPerson {
    pub(super) fn new(world: World, name: &str) -> Self {
        Self { world, name: name.into(), claims: Map::new() }
    }

    /// Further standard claims (OpenID Connect Core §5.1).
    pub fn claims(mut self, claims: Value) -> Self {
        self.claims = claims.as_object().unwrap().clone();
        self
    }

    /// With an account and a proved address.
    pub async fn verified(self) -> Person {
        self.create(true).await
    }

    /// With an account whose address nobody has proved.
    pub async fn unverified(self) -> Person {
        self.create(false).await
    }

    async fn create(self, verified: bool) -> Person {
        let email = format!("{}@example.test", self.name);
        let name = format!("{}{} Liddell", self.name[..1].to_uppercase(), &self.name[1..]);
        let create = CreateUser {
            email: email.clone(),
            name: name.clone(),
            password: Some(Secret::new(PASSWORD)),
            password_hash: None,
            verified,
            admin: false,
            claims: self.claims,
        };
        let user = self.world.operator(create).await.unwrap();
        Person { world: self.world, id: user.id, name, email, password: PASSWORD.into() }
    }
}

impl Person {
    /// A new browser of theirs, signed out.
    pub fn browser(&self) -> Browser {
        Browser::new(self.world.clone()).of(self)
    }

    /// A new browser of theirs, signed in.
    pub async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        browser.open("/login").await.sign_in().await;
        assert_eq!(browser.page().path, "/");
        browser
    }

    /// An operator locks them out.
    pub async fn lock(&self) {
        self.world.operator(LockUser { whom: Whom::Id(self.id) }).await.unwrap();
    }

    /// An operator lets them in again.
    pub async fn unlock(&self) {
        self.world.operator(UnlockUser { whom: Whom::Id(self.id) }).await.unwrap();
    }

    /// The `sub` of their tokens.
    pub fn sub(&self) -> String {
        self.id.to_string()
    }
}
