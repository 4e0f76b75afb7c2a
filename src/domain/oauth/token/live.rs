//! Whether everything that an access token depends on lives, in one moment: client, person, session, grant, and that nobody gave
//! it back.

use super::{
    AccessToken, Origin, Vouched, Witness, revoke_grant, revoked,
    standing::{self, Dependence},
};
use crate::{
    app::App,
    domain::{
        clients::{self, Client, FIRST_PARTY_API},
        issuers, sessions, users,
    },
    kernel::{Result, Tenant, Time},
};

/// What a good token depends on.
#[derive(Debug, Clone)]
pub struct Live {
    /// Its client; none where it is for our own API.
    pub client: Option<Client>,
    /// Its person; none where it is the client's own.
    pub person: Option<standing::Alive>,
}

/// Looks it up; none where something of it is over.
pub async fn look_up(app: &App, tenant: &Tenant, token: &AccessToken, now: Time) -> Result<Option<Live>> {
    let (client, person, given_back, vouched, came_of, acting) = tokio::try_join!(
        client(app, tenant, token),
        person(app, tenant, token, now),
        revoked::is_marked(app, tenant.id, &token.jti),
        is_vouched_for(app, tenant, token.vouched.as_ref()),
        origins_live(app, tenant, &token.lineage.origins),
        witnesses_live(app, tenant, &token.lineage.witnesses, now),
    )?;
    let client_lives = client.is_some() || token.client_id == FIRST_PARTY_API;
    let person_lives = person.is_some() || token.principal.is_none();
    let lives = client_lives && person_lives && vouched && came_of && acting && !given_back;
    Ok(lives.then_some(Live { client, person }))
}

async fn client(app: &App, tenant: &Tenant, token: &AccessToken) -> Result<Option<Client>> {
    if token.client_id == FIRST_PARTY_API {
        return Ok(None); // it is no row, and nobody can register it
    }
    clients::find_active(app, tenant.id, &token.client_id).await
}

/// Whether the issuer still counts, and the person whom it vouches for may still act; true where nobody has to be vouched for.
async fn is_vouched_for(app: &App, tenant: &Tenant, vouched: Option<&Vouched>) -> Result<bool> {
    let Some(vouched) = vouched else { return Ok(true) };
    if issuers::store::find_by_row(app.db.reader(), tenant.id, vouched.issuer).await?.is_none() {
        return Ok(false);
    }
    let Some(user) = vouched.user else { return Ok(true) };
    let user = users::store::find(app.db.reader(), tenant.id, user).await?;
    Ok(user.is_some_and(|user| !user.is_locked()))
}

/// Whether the clients of the tokens that it came of are there, and nobody gave one of those tokens back.
async fn origins_live(app: &App, tenant: &Tenant, origins: &[Origin]) -> Result<bool> {
    for origin in origins {
        if clients::find_active(app, tenant.id, &origin.client_id).await?.is_none() {
            return Ok(false);
        }
        if let Some(jti) = &origin.jti
            && revoked::is_marked(app, tenant.id, jti).await?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether everybody who acts by a token of their own still could by that token.
async fn witnesses_live(app: &App, tenant: &Tenant, witnesses: &[Witness], now: Time) -> Result<bool> {
    for witness in witnesses {
        if !origins_live(app, tenant, &witness.from).await? {
            return Ok(false);
        }
        let Some((session, grant)) = witness.person else { continue };
        let Some(found) = sessions::store::find(app.db.reader(), tenant.id, session).await? else { return Ok(false) };
        let client_id = witness.from.last().map_or("", |origin| &origin.client_id);
        let whose = Dependence { user: found.user, session: Some(session), grant: Some(grant), client_id };
        let alive = standing::find(app.db.reader(), tenant.id, whose);
        let (alive, revoked) = tokio::try_join!(alive, revoke_grant::is_revoked(app, tenant.id, grant))?;
        if revoked || !alive.is_some_and(|alive| alive.is_grant_live(witness.epoch, now)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The person, if the grant is alive.
async fn person(app: &App, tenant: &Tenant, token: &AccessToken, now: Time) -> Result<Option<standing::Alive>> {
    let (Some(person), Some(grant)) = (&token.principal, token.grant) else { return Ok(None) };
    // What was exchanged came of what the person allowed another client: that one's epoch counts.
    let allowed = token.lineage.origins.last().map_or(&token.client_id, |origin| &origin.client_id);
    let whose = Dependence { user: person.user, session: Some(person.session), grant: Some(grant), client_id: allowed };
    let alive = standing::find(app.db.reader(), tenant.id, whose);
    let (alive, revoked) = tokio::try_join!(alive, revoke_grant::is_revoked(app, tenant.id, grant))?;
    Ok(alive.filter(|alive| !revoked && alive.is_grant_live(token.epoch, now)))
}
