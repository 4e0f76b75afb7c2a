//! What tests look at in the database.

use entity::{outgoing_mail, refresh_token_family, user_activity};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;

use crate::{
    app::{App, Letter, MAIL_SEAL},
    kernel::id::{GrantId, SessionId, TenantId, UserId},
};

/// The contexts of every letter of this kind, in order.
pub(super) async fn letters(app: &App, letter: Letter) -> Vec<Value> {
    let rows = outgoing_mail::Entity::find()
        .filter(outgoing_mail::Column::Kind.eq(letter.name()))
        .order_by_asc(outgoing_mail::Column::Id)
        .all(app.db.reader())
        .await
        .unwrap();
    let open = |row: outgoing_mail::Model| {
        serde_json::from_slice(&app.master.open(&row.sealed.unwrap(), MAIL_SEAL).unwrap()).unwrap()
    };
    rows.into_iter().map(open).collect()
}

/// The stable names of every fact, in order.
pub(super) async fn facts(app: &App) -> Vec<String> {
    let rows = user_activity::Entity::find().order_by_asc(user_activity::Column::Id).all(app.db.reader()).await;
    rows.unwrap().into_iter().map(|row| row.name).collect()
}

/// Adds a refresh token family.
pub(super) async fn insert_family(app: &App, tenant: TenantId, user: UserId, session: Option<SessionId>) {
    let now = app.clock.now();
    let row = refresh_token_family::ActiveModel {
        id: Set(GrantId::fresh().uuid()),
        tenant_id: Set(tenant.uuid()),
        user_id: Set(user.uuid()),
        client_id: Set(None),
        session_id: Set(session.map(SessionId::uuid)),
        scope: Set("openid".into()),
        authentication: Set(Value::Null),
        current_digest: Set(vec![0; 32]),
        previous_digest: Set(None),
        generation: Set(0),
        replaced: Set(false),
        rotated_at: Set(now),
        created_at: Set(now),
        idle_expires_at: Set(now),
        expires_at: Set(now),
        revoked_at: Set(None),
        revoke_reason: Set(None),
    };
    refresh_token_family::Entity::insert(row).exec_without_returning(app.db.reader()).await.unwrap();
}

/// The reasons why families were revoked, in the order in which the families were made.
pub(super) async fn families(app: &App) -> Vec<Option<String>> {
    let rows = refresh_token_family::Entity::find().order_by_asc(refresh_token_family::Column::Id);
    rows.all(app.db.reader()).await.unwrap().into_iter().map(|row| row.revoke_reason).collect()
}
