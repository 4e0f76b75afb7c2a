//! Registering a client, by the operator.

use serde::Serialize;

use super::{
    ApplicationType, AuthMethod, Client, GrantType, Metadata,
    rules::{Judged, Rules},
    secrets, sector, store, workload,
};
use crate::{
    app::{Cx, Guard, Operation, Tx},
    domain::users::Whom,
    kernel::{
        Code, Error, Fact, Result,
        id::{ClientId, UserId},
        secret::Secret,
    },
    ports::random,
};

/// Registers a client.
#[derive(Debug, Clone)]
pub struct CreateClient {
    /// The name that people see.
    pub name: String,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it runs.
    pub application_type: ApplicationType,
    /// How it proves who it is.
    pub auth_method: AuthMethod,
    /// How it may obtain tokens.
    pub grants: Vec<GrantType>,
    /// Whether PKCE is demanded; public clients always need it.
    pub pkce_required: bool,
    /// What it may ask for, space-separated.
    pub scope: String,
    /// Whether consent is skipped.
    pub first_party: bool,
    /// The public identifier; made when absent.
    pub client_id: Option<String>,
    /// The secret; made when absent and needed.
    pub client_secret: Option<Secret>,
    /// Lifetime of its access tokens in seconds.
    pub access_token_ttl: Option<u32>,
    /// Home page.
    pub client_uri: Option<String>,
    /// Logo.
    pub logo_uri: Option<String>,
    /// Privacy policy.
    pub policy_uri: Option<String>,
    /// Terms of service.
    pub tos_uri: Option<String>,
    /// The person who answers for it, where it is somebody's agent.
    pub owner: Option<Whom>,
    /// Everything else.
    pub metadata: Metadata,
}

/// A client that was registered.
#[derive(Debug, Clone, Serialize)]
pub struct Created {
    /// The client.
    #[serde(flatten)]
    pub client: Client,
    /// Its secret, shown this once; none for a client that needs none.
    #[serde(rename = "client_secret", skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
}

impl Operation for CreateClient {
    type Output = Created;
    const NAME: &'static str = "client.create";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Created> {
        let (client, secret) = self.judged(cx).await?;
        let sealed =
            secret.as_ref().map(|secret| secrets::seal(&cx.app.master, &client, secret)).transpose()?.flatten();
        let tx = cx.begin().await?;
        insert(tx, &client, secret.as_ref(), sealed).await?;
        tx.record(client.event(Fact::ClientCreated));
        Ok(Created { client, secret })
    }
}

/// Writes a client and its secret.
pub(super) async fn insert(
    tx: &mut Tx,
    client: &Client,
    secret: Option<&Secret>,
    sealed: Option<Vec<u8>>,
) -> Result<()> {
    if !store::insert(tx, client).await? {
        let taken = Code::Conflict.because("A client with this client_id exists.");
        return Err(taken.at("client_id", "taken", "exists already").into());
    }
    if let Some(secret) = secret {
        store::insert_secret(tx, client, secret.digest(), sealed).await?;
    }
    Ok(())
}

/// The person who is to answer for a client.
async fn owner(cx: &Cx, whom: &Whom) -> Result<UserId> {
    match whom.find(cx).await {
        Ok(user) => Ok(user.id),
        Err(Error::Refused(refusal)) if refusal.code == Code::NotFound => {
            let unknown = Code::InvalidInput.because("The client cannot be registered like this.");
            Err(unknown.at("owner", "unknown", "is nobody who is known here").into())
        }
        Err(error) => Err(error),
    }
}

impl CreateClient {
    /// The client and its secret, or everything that is wrong. It may ask other servers: before the transaction.
    pub(super) async fn judged(self, cx: &Cx) -> Result<(Client, Option<Secret>)> {
        let judged = Rules::of(cx).judge(&self)?;
        let secret = match (self.auth_method.needs_secret(), &self.client_secret) {
            (false, _) => None,
            (true, Some(secret)) => Some(secret.clone()),
            (true, None) => Some(random::token("sgt_cs_")?),
        };
        let client_id = match &self.client_id {
            Some(id) => id.clone(),
            None => random::token("app_")?.expose()[..26].to_owned(),
        };
        let owner = match &self.owner {
            Some(whom) => Some(owner(cx, whom).await?),
            None => None,
        };
        let client = Client { owner, ..self.into_client(cx, judged, client_id) };
        workload::registered(cx, &client).await?;
        sector::check(cx, &client).await?;
        Ok((client, secret))
    }

    /// The client that the registration describes.
    pub(super) fn into_client(self, cx: &Cx, judged: Judged, client_id: String) -> Client {
        Client {
            id: ClientId::fresh(),
            tenant: cx.tenant().id,
            client_id,
            client_name: judged.name,
            application_type: self.application_type,
            token_endpoint_auth_method: self.auth_method,
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            grant_types: self.grants,
            scope: judged.scope,
            pkce_required: self.pkce_required,
            first_party: self.first_party,
            access_token_ttl: self.access_token_ttl,
            client_uri: self.client_uri,
            logo_uri: self.logo_uri,
            policy_uri: self.policy_uri,
            tos_uri: self.tos_uri,
            owner: None,
            metadata: judged.metadata,
            created_at: cx.now,
            updated_at: cx.now,
        }
    }
}
