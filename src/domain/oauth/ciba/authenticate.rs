//! A client asks a person who is elsewhere (OpenID CIBA Core §7).

use serde::Serialize;

use super::{
    asked::{self, Lifetimes},
    hint, letter, signed, store,
};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        clients::GrantType,
        oauth::{
            Parameters,
            decoupled::{self, Kind, Origin, Request, State, store::Names},
            from_client,
        },
        rates::rate,
        resources,
    },
    kernel::{Code, Fact, Fault, Result, id::DecoupledId, secret::Secret},
    ports::random,
};

/// Asks.
#[derive(Debug, Clone)]
pub struct AuthenticateBackchannel {
    /// The body.
    pub parameters: Parameters,
    /// User and password of the `Authorization` header, form-decoded.
    pub basic: Option<(String, Secret)>,
}

/// What the client asks again with (§7.3).
#[derive(Debug, Serialize)]
pub struct Acknowledged {
    /// What it asks again with: 256 random bits.
    pub auth_req_id: Secret,
    /// How long that is good, in seconds.
    pub expires_in: i64,
    /// How long to wait between questions, in seconds.
    pub interval: u64,
}

impl Operation for AuthenticateBackchannel {
    type Output = Acknowledged;
    const NAME: &'static str = "backchannel.authenticate";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<Acknowledged> {
        let client = from_client::authenticate(cx, &self.parameters, self.basic).await?;
        if !client.may(GrantType::Ciba) {
            return Err(Code::UnauthorizedClient.because("the client is not registered for CIBA").into());
        }
        let parameters = signed::resolve(cx, &client, &self.parameters).await?;
        let tokens = &cx.config().tokens;
        let interval = tokens.backchannel_poll_interval.seconds();
        let lifetimes = Lifetimes {
            usual: tokens.backchannel_request_ttl.seconds(),
            longest: tokens.backchannel_request_max_ttl.seconds(),
        };
        let asked = asked::read(&client, &parameters, lifetimes)?;
        resources::judge(cx, &client, &asked.resources).await?;
        let person = hint::person(cx, &client, &asked.hint).await?;
        let limits = &cx.config().limits;
        cx.limit("backchannel.person", &person.id.to_string(), rate(limits.backchannel_requests_per_person)).await?;
        let request = Request {
            details: Default::default(),
            once: false,
            id: DecoupledId::fresh(),
            tenant: cx.tenant().id,
            kind: Kind::Backchannel,
            client: client.id,
            person: Some(person.id),
            scope: asked.scope,
            resources: asked.resources,
            origin: Origin::of(&cx.caller.device),
            binding_message: asked.binding_message,
            state: State::Pending,
            created_at: cx.now,
            expires_at: cx.now + asked.ttl,
        };
        let auth_req_id = random::token("sgt_ar_")?;
        let ping = match &asked.notification_token {
            Some(token) => Some(store::seal(&cx.app, &request, &auth_req_id, token)?),
            None => None,
        };
        let message = letter::approval_wanted(cx, &client, &person, &request);
        let tx = cx.begin().await?;
        let names = Names { handle: auth_req_id.digest(), user_code: None };
        if !decoupled::store::insert(tx, &request, names).await? {
            return Err(Fault::broken("a random auth_req_id was taken").into());
        }
        if let Some(sealed) = ping {
            store::insert(tx, &request, sealed).await?;
        }
        let fact = Fact::BackchannelRequested.of(person.id).client(client.id);
        tx.record(fact.with("scope", request.scope.to_string()));
        // Nothing is written to an address that nobody proved: it may be a stranger's.
        if person.email_verified_at.is_some() {
            tx.send(message);
        }
        Ok(Acknowledged { auth_req_id, expires_in: asked.ttl.num_seconds(), interval })
    }
}
