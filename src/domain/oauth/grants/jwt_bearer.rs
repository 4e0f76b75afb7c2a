//! `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 §2.1), and the Identity Assertion JWT Authorization Grant on top of it
//! (draft-ietf-oauth-identity-assertion-authz-grant §4.4).

use super::{Grant, Redeeming, TokenRequest};
use crate::{
    app::Cx,
    domain::{
        clients::GrantType,
        issuers::{self, Whose},
        oauth::{
            assertion::{self, Presented},
            subject,
            token::{Entitlement, Granted, Subject, Vouched, aim},
        },
    },
    kernel::{Code, Event, Fact, Refusal, Result, details::Details},
};

/// The grant.
pub struct JwtBearer;

impl Grant for JwtBearer {
    fn grant_type(&self) -> GrantType {
        GrantType::JwtBearer
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["assertion", "scope"]
    }

    fn redeem<'a>(&'a self, cx: &'a mut Cx, request: &'a TokenRequest) -> Redeeming<'a> {
        Box::pin(redeem(cx, request))
    }
}

/// An assertion that names its resources is for these alone. Not even for the issuer: nobody signed in there.
fn refuse_others(granted: &[String], wanted: &[String]) -> Result<(), Refusal> {
    if granted.is_empty() || wanted.iter().all(|uri| granted.contains(uri)) {
        return Ok(());
    }
    Err(Code::InvalidTarget.because("the assertion is not for this resource"))
}

async fn redeem(cx: &mut Cx, request: &TokenRequest) -> Result<Entitlement> {
    let client = &request.client;
    let presented = assertion::present(cx, client, request.parameters.required("assertion")?).await?;
    let asked = request.parameters.once("scope")?;
    let granted = assertion::granted(client, &presented, asked)?;
    // An assertion says nothing in detail.
    let none = Details::default();
    refuse_others(&granted.resources, &request.resources)?;
    let aims = Granted { scope: &granted.scope, resources: &granted.resources, details: &none };
    let target = aim(cx, client, aims, request.wanted()).await?;
    if asked.is_some() && !granted.scope.within(&target.scope) {
        return Err(Code::InvalidScope.because("a scope belongs to a resource that is not named (RFC 8707)").into());
    }
    let whose = issuers::whose(cx, &presented.believed).await?;
    let whose = whose.ok_or_else(|| assertion::refused("nobody here is meant"))?;
    let issuer = presented.believed.issuer.id;
    let vouched = match &whose {
        Whose::Person { user, .. } => {
            Vouched { issuer, subject: subject::of(cx, client, user.id)?, user: Some(user.id) }
        }
        Whose::Service(name) => Vouched { issuer, subject: name.clone(), user: None },
    };
    assertion::spend(cx, &presented).await?;
    let fact = fact(&presented, &vouched)
        .client(client.id)
        .with("client_id", client.client_id.clone())
        .with("audience", target.audience.clone())
        .with("scope", target.scope.to_string());
    let tx = cx.begin().await?;
    if let Whose::Person { user, new: true } = &whose {
        let believed = &presented.believed;
        if issuers::store::link(tx, &believed.issuer, &believed.subject, user.id).await? {
            let fact = Fact::IssuerSubjectLinked.of(user.id).with("issuer", believed.issuer.issuer.clone());
            tx.record(fact.with("subject", believed.subject.clone()));
        }
    }
    tx.record(fact);
    // No refresh token (RFC 7521 §4.1): the client can ask for another assertion.
    Ok(Entitlement {
        subject: Subject::Vouched(vouched),
        target,
        refresh_token: None,
        id_token: None,
        device_secret: None,
        exchange: None,
    })
}

/// What is remembered of it.
fn fact(presented: &Presented, vouched: &Vouched) -> Event {
    let mut fact = Event::from(Fact::AssertionRedeemed);
    fact.user = vouched.user;
    fact.with("issuer", presented.believed.issuer.issuer.clone())
        .with("subject", presented.believed.subject.clone())
        .with("kind", presented.kind.name())
}
