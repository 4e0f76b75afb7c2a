//! A device asks to be signed in (RFC 8628 §3.1, §3.2).

use serde::Serialize;

use super::{PAGE, user_code::UserCode};
use crate::{
    app::{Cx, Guard, Limit, Operation},
    domain::{
        clients::GrantType,
        oauth::{
            Parameters,
            decoupled::{
                Kind, Origin, Request, State,
                store::{self, Names},
            },
            details, from_client, scopes,
        },
        rates::rate,
        resources,
    },
    kernel::{Code, Event, Fact, Fault, Result, id::DecoupledId, scope::Scopes, secret::Secret},
    ports::random,
};

/// How often another code is made where one is taken: of so many, a second time is luck enough.
const TRIES: usize = 5;

/// Begins a device authorization.
#[derive(Debug, Clone)]
pub struct AuthorizeDevice {
    /// The body.
    pub parameters: Parameters,
    /// User and password of the `Authorization` header, form-decoded.
    pub basic: Option<(String, Secret)>,
}

/// What the device shows, and what it asks again with (RFC 8628 §3.2).
#[derive(Debug, Serialize)]
pub struct DeviceAuthorization {
    /// What the device asks again with.
    pub device_code: Secret,
    /// What the person types.
    pub user_code: Secret,
    /// Where.
    pub verification_uri: String,
    /// The same with the code in it, for a QR code.
    pub verification_uri_complete: Secret,
    /// How long all of this is good, in seconds.
    pub expires_in: u64,
    /// How long to wait between questions, in seconds.
    pub interval: u64,
}

impl Operation for AuthorizeDevice {
    type Output = DeviceAuthorization;
    const NAME: &'static str = "device.authorize";
    const GUARD: Guard = Guard::Anyone;
    const LIMITS: &'static [Limit] = &[Limit { rate: |config| rate(config.limits.device_authorizations_per_address) }];

    async fn run(self, cx: &mut Cx) -> Result<DeviceAuthorization> {
        let client = from_client::authenticate(cx, &self.parameters, self.basic).await?;
        if !client.may(GrantType::DeviceCode) {
            return Err(Code::UnauthorizedClient.because("the client is not registered for the device grant").into());
        }
        let details = self.parameters.once("authorization_details")?;
        let details = details.map(|text| details::read(&client, text)).transpose()?.unwrap_or_default();
        let mut named = self.parameters.distinct("resource");
        let scope = match self.parameters.once("scope")? {
            None if !details.is_empty() => Scopes::default(),
            asked => {
                let usual = scopes::usual(&resources::judge(cx, &client, &named).await?);
                scopes::permitted(&client, asked, &usual)?
            }
        };
        if scope.is_empty() && details.is_empty() {
            return Err(Code::InvalidScope.because("the client may ask for none of these scopes").into());
        }
        let asked = details::judge(cx, &details).await?;
        resources::judge_beside(cx, &client, &named, &asked.resources).await?;
        let unnamed: Vec<_> = asked.resources.into_iter().filter(|uri| !named.contains(uri)).collect();
        named.extend(unnamed);
        let tokens = &cx.config().tokens;
        let (ttl, interval) = (tokens.device_code_ttl, tokens.device_poll_interval.std().as_secs());
        let request = Request {
            id: DecoupledId::fresh(),
            tenant: cx.tenant().id,
            kind: Kind::Device,
            client: client.id,
            person: None,
            scope,
            resources: named,
            details,
            once: asked.once,
            origin: Origin::of(&cx.caller.device),
            binding_message: None,
            state: State::Pending,
            created_at: cx.now,
            expires_at: cx.now + ttl.chrono(),
        };
        let device_code = random::token("sgt_dc_")?;
        let user_code = insert(cx, &request, &device_code).await?.shown();
        let page = cx.tenant().url(PAGE);
        Ok(DeviceAuthorization {
            verification_uri_complete: Secret::new(format!("{page}?user_code={user_code}")),
            verification_uri: page,
            device_code,
            user_code: Secret::new(user_code),
            expires_in: ttl.std().as_secs(),
            interval,
        })
    }
}

/// Writes the request under a code that no other one has.
async fn insert(cx: &mut Cx, request: &Request, device_code: &Secret) -> Result<UserCode> {
    let (app, tenant) = (cx.app.clone(), request.tenant);
    let tx = cx.begin().await?;
    let fact = Event::from(Fact::DeviceRequested).client(request.client).with("scope", request.scope.to_string());
    tx.record(details::noted(fact, &request.details));
    for _ in 0..TRIES {
        let code = UserCode::fresh()?;
        let user_code = Some(code.digest(&app.macs.code, tenant));
        let names = Names { handle: device_code.digest(), user_code };
        if store::insert(tx, request, names).await? {
            return Ok(code);
        }
    }
    Err(Fault::broken("no user code is free").into())
}
