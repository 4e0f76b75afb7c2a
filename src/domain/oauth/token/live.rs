//! Whether everything that an access token depends on lives, in one moment: client, person, session, grant, and that nobody gave
//! it back.

use super::{
    AccessToken, revoke_grant, revoked,
    standing::{self, Dependence},
};
use crate::{
    app::App,
    domain::clients::{self, Client, FIRST_PARTY_API},
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
    let (client, person, given_back) = tokio::try_join!(
        client(app, tenant, token),
        person(app, tenant, token, now),
        revoked::is_marked(app, tenant.id, &token.jti),
    )?;
    let client_lives = client.is_some() || token.client_id == FIRST_PARTY_API;
    let person_lives = person.is_some() || token.principal.is_none();
    Ok((client_lives && person_lives && !given_back).then_some(Live { client, person }))
}

async fn client(app: &App, tenant: &Tenant, token: &AccessToken) -> Result<Option<Client>> {
    if token.client_id == FIRST_PARTY_API {
        return Ok(None); // it is no row, and nobody can register it
    }
    clients::store::find(app.db.reader(), tenant.id, &token.client_id).await
}

/// The person, if the grant is alive.
async fn person(app: &App, tenant: &Tenant, token: &AccessToken, now: Time) -> Result<Option<standing::Alive>> {
    let (Some(person), Some(grant)) = (&token.principal, token.grant) else { return Ok(None) };
    let whose = Dependence {
        user: person.user,
        session: Some(person.session),
        grant: Some(grant),
        client_id: &token.client_id,
    };
    let alive = standing::find(app.db.reader(), tenant.id, whose);
    let (alive, revoked) = tokio::try_join!(alive, revoke_grant::is_revoked(app, tenant.id, grant))?;
    Ok(alive.filter(|alive| !revoked && alive.is_grant_live(token.epoch, now)))
}
