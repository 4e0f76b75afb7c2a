//! Rows of `decoupled_request`. What two may do at once is one conditional statement each.

use entity::decoupled_request::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};

use super::{Decision, Kind, Origin, Request, State};
use crate::{
    app::Tx,
    domain::oauth::refresh::Authentication,
    kernel::{
        Fault, Result, Time,
        details::Details,
        id::{DecoupledId, TenantId, UserId},
        scope::Scopes,
        secret::Digest,
    },
};

const PENDING: &str = "pending";
const ALLOWED: &str = "allowed";
const DENIED: &str = "denied";
const SPENT: &str = "spent";

/// Most requests of one person that are listed.
const MOST: u64 = 50;

/// The column `details`.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resources: Vec<String>,
    #[serde(default, skip_serializing_if = "Details::is_empty")]
    authorization_details: Details,
    #[serde(default)]
    once: bool,
    origin: Origin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    binding_message: Option<String>,
}

/// What a request is known by besides its identifier.
#[derive(Debug, Clone, Copy)]
pub struct Names {
    /// Digest of what the client asks again with.
    pub handle: Digest,
    /// Keyed digest of what the person types, where there is something to type.
    pub user_code: Option<Digest>,
}

/// Adds a request; false where one of its names is taken.
pub async fn insert(tx: &mut Tx, new: &Request, names: Names) -> Result<bool> {
    let kept = Kept {
        resources: new.resources.clone(),
        authorization_details: new.details.clone(),
        once: new.once,
        origin: new.origin.clone(),
        binding_message: new.binding_message.clone(),
    };
    let row = ActiveModel {
        id: Set(new.id.uuid()),
        tenant_id: Set(new.tenant.uuid()),
        kind: Set(new.kind.name().to_owned()),
        handle_digest: Set(names.handle.to_vec()),
        user_code_digest: Set(names.user_code.map(Digest::to_vec)),
        client_id: Set(new.client.uuid()),
        user_id: Set(new.person.map(UserId::uuid)),
        state: Set(PENDING.to_owned()),
        scope: Set(new.scope.to_string()),
        details: Set(json(&kept)?),
        authentication: Set(None),
        created_at: Set(new.created_at),
        expires_at: Set(new.expires_at),
    };
    let any = OnConflict::new().do_nothing().to_owned();
    match Entity::insert(row).on_conflict(any).exec_without_returning(tx.db()).await {
        Ok(added) => Ok(added > 0),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The request of this identifier.
pub async fn find(db: &impl ConnectionTrait, tenant: TenantId, id: DecoupledId) -> Result<Option<Request>> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::TenantId.eq(tenant.uuid())).one(db).await?;
    row.map(noun).transpose()
}

/// The request of this kind that a client asks about.
pub async fn find_by_handle(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    kind: Kind,
    handle: Digest,
) -> Result<Option<Request>> {
    let row = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::HandleDigest.eq(handle.to_vec()))
        .filter(Column::Kind.eq(kind.name()))
        .one(db)
        .await?;
    row.map(noun).transpose()
}

/// The request whose code has one of these keyed digests: one for each key that is still known.
pub async fn find_by_user_code(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    digests: impl Iterator<Item = Digest>,
) -> Result<Option<Request>> {
    let row = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserCodeDigest.is_in(digests.map(Digest::to_vec)))
        .one(db)
        .await?;
    row.map(noun).transpose()
}

/// The requests that wait for this person, and for nobody else, the newest first.
pub async fn waiting_for(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    person: UserId,
    now: Time,
) -> Result<Vec<Request>> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(person.uuid()))
        .filter(Column::State.eq(PENDING))
        .filter(Column::ExpiresAt.gt(now))
        .order_by_desc(Column::Id)
        .limit(MOST)
        .all(db)
        .await?;
    rows.into_iter().map(noun).collect()
}

/// Keeps what a person decided (`allowed` is none where they refused), if it is theirs to decide, nobody has decided before and it
/// is not too late.
pub async fn decide(tx: &mut Tx, request: &Request, by: UserId, allowed: Option<&Authentication>) -> Result<bool> {
    let authentication = allowed.map(json).transpose()?;
    let theirs = Condition::any().add(Column::UserId.is_null()).add(Column::UserId.eq(by.uuid()));
    let decided = Entity::update_many()
        .col_expr(Column::State, Expr::value(if allowed.is_some() { ALLOWED } else { DENIED }))
        .col_expr(Column::UserId, Expr::value(by.uuid()))
        .col_expr(Column::Authentication, Expr::value(authentication))
        .filter(Column::TenantId.eq(request.tenant.uuid()))
        .filter(Column::Id.eq(request.id.uuid()))
        .filter(theirs)
        .filter(Column::State.eq(PENDING))
        .filter(Column::ExpiresAt.gt(tx.now))
        .exec(tx.db())
        .await?;
    Ok(decided.rows_affected == 1)
}

/// Uses up what was allowed: of any number of questions at once, one does.
pub async fn spend(tx: &mut Tx, tenant: TenantId, id: DecoupledId) -> Result<bool> {
    let spent = Entity::update_many()
        .col_expr(Column::State, Expr::value(SPENT))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.eq(ALLOWED))
        .exec(tx.db())
        .await?;
    Ok(spent.rows_affected == 1)
}

fn json(value: &impl Serialize) -> Result<serde_json::Value> {
    Ok(serde_json::to_value(value).map_err(|error| Fault::broken_by("a decoupled request is not JSON", error))?)
}

fn noun(row: Model) -> Result<Request> {
    let broken = || Fault::broken("a decoupled request cannot be read");
    let kind = Kind::named(&row.kind).ok_or_else(broken)?;
    let kept: Kept = serde_json::from_value(row.details).map_err(|_| broken())?;
    let state = match (row.state.as_str(), row.user_id, row.authentication) {
        (PENDING, ..) => State::Pending,
        (DENIED, ..) => State::Denied,
        (SPENT, ..) => State::Spent,
        (ALLOWED, Some(user), Some(authentication)) => State::Allowed(Decision {
            user: user.into(),
            authentication: serde_json::from_value(authentication).map_err(|_| broken())?,
        }),
        _ => return Err(broken().into()),
    };
    Ok(Request {
        id: row.id.into(),
        tenant: row.tenant_id.into(),
        kind,
        client: row.client_id.into(),
        person: row.user_id.filter(|_| kind == Kind::Backchannel).map(UserId::from),
        scope: Scopes::parse(&row.scope).map_err(|_| broken())?,
        resources: kept.resources,
        details: kept.authorization_details,
        once: kept.once,
        origin: kept.origin,
        binding_message: kept.binding_message,
        state,
        created_at: row.created_at,
        expires_at: row.expires_at,
    })
}
