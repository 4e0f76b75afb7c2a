//! `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693 §2).

use super::{Grant, Redeeming, TokenRequest};
use crate::{
    app::Cx,
    domain::{
        clients::{Client, GrantType, MayAct, TokenFormat, may_act::Mode},
        consents::Epoch,
        oauth::{
            details::{self, Kinds},
            exchange::{self, Errand, Presented, TokenType, Wish},
            native_sso, subject,
            token::{Actor, Entitlement, Exchange, Granted, Lineage, Subject, Target, Vouched, Wanted, Witness, aim},
        },
        resources,
    },
    kernel::{Code, Event, Fact, Refusal, Result, scope::Scopes},
};

/// The grant.
pub struct TokenExchange;

impl Grant for TokenExchange {
    fn grant_type(&self) -> GrantType {
        GrantType::TokenExchange
    }

    fn parameters(&self) -> &'static [&'static str] {
        &[
            "audience",
            "scope",
            "requested_token_type",
            "subject_token",
            "subject_token_type",
            "actor_token",
            "actor_token_type",
        ]
    }

    fn redeem<'a>(&'a self, cx: &'a mut Cx, request: &'a TokenRequest) -> Redeeming<'a> {
        Box::pin(redeem(cx, request))
    }
}

async fn redeem(cx: &mut Cx, request: &TokenRequest) -> Result<Entitlement> {
    let client = &request.client;
    if request.parameters.once("actor_token_type")? == Some(native_sso::TOKEN_TYPE) {
        return native_sso::sign_in(cx, request).await;
    }
    if client.is_public() {
        // Whoever found a token could exchange it (RFC 8693 §2.1: the client is what the policy is about).
        return Err(Code::UnauthorizedClient.because("a public client may not act for anybody").into());
    }
    let (subject, actor) = presented(cx, request).await?;
    let asked = Asked::read(request)?;
    let named = asked.audience(&subject);
    let wish = Wish {
        issuer: &cx.tenant().issuer,
        client_id: &client.client_id,
        subject: &subject,
        actor: actor.as_ref(),
        audience: &named,
        abroad: asked.issued == TokenType::IdJag,
        held: &request.held,
        binds: !request.confirmation().is_empty(),
    };
    let rule = exchange::judge(&client.metadata.may_act, &wish)?;
    let lineage = lineage(rule.mode, client, &subject, actor.as_ref());
    let (whose, target) = match rule.mode {
        Mode::IdJag if request.details.is_some() => {
            return Err(Code::InvalidAuthorizationDetails
                .because("authorization_details are not for other authorization servers")
                .into());
        }
        Mode::IdJag => {
            let errand = asked.errand(&named)?;
            let (assertion, target) = exchange::abroad(cx, client, rule, &subject, &errand).await?;
            (Subject::Abroad(Box::new(assertion)), target)
        }
        Mode::Delegation | Mode::Impersonation => {
            let mut target = aimed(cx, request, rule, &subject, &named, asked.scope.as_ref()).await?;
            // Neither the subject's rights nor the actor's are prolonged.
            let left = actor.iter().chain([&subject]).map(|token| token.seconds_left(cx.now)).min();
            target.ttl = target.ttl.min(left.unwrap_or(0));
            if asked.issued == TokenType::Jwt && target.format == TokenFormat::Opaque {
                return Err(Code::InvalidRequest.because("tokens for this target are opaque").into());
            }
            (in_the_hands_of(cx, client, &subject.whose)?, target)
        }
    };
    let fact = fact(client, rule, &subject, &lineage, &target);
    cx.begin().await?.record(fact);
    let exchange = Some(Exchange { lineage, issued: asked.issued });
    Ok(Entitlement { subject: whose, target, refresh_token: None, id_token: None, device_secret: None, exchange })
}

/// The tokens that are presented, believed.
async fn presented(cx: &Cx, request: &TokenRequest) -> Result<(Presented, Option<Presented>)> {
    let (client, parameters) = (&request.client, &request.parameters);
    let (token, kind) = (parameters.required("subject_token")?, parameters.required("subject_token_type")?);
    let kind = TokenType::parse("subject_token_type", kind)?;
    let subject = exchange::subject(cx, client, token, kind).await?;
    let actor = match (parameters.once("actor_token")?, parameters.once("actor_token_type")?) {
        (Some(token), Some(kind)) => {
            let kind = TokenType::parse("actor_token_type", kind)?;
            Some(exchange::actor(cx, client, token, kind).await?)
        }
        (None, None) => None,
        _ => return Err(Code::InvalidRequest.because("actor_token and actor_token_type belong together").into()),
    };
    Ok((subject, actor))
}

/// What is asked for.
struct Asked {
    issued: TokenType,
    named: Vec<String>,
    resource: Vec<String>,
    scope: Option<Scopes>,
}

impl Asked {
    fn read(request: &TokenRequest) -> Result<Self, Refusal> {
        let parameters = &request.parameters;
        let issued = match parameters.once("requested_token_type")? {
            Some(name) => TokenType::parse("requested_token_type", name)?,
            None => TokenType::AccessToken,
        };
        if matches!(issued, TokenType::RefreshToken | TokenType::IdToken) {
            return Err(Code::InvalidRequest.because("requested_token_type is not one that is issued here"));
        }
        let scope = parameters.once("scope")?.map(Scopes::parse).transpose();
        Ok(Self {
            issued,
            named: parameters.all("audience").map(str::to_owned).collect(),
            resource: request.resources.clone(),
            scope: scope.map_err(|error| Code::InvalidScope.because(error.to_string()))?,
        })
    }

    /// For whom the new token is to be. Here, an audience is the same as a resource (RFC 8693 §2.1); without either, whom the
    /// subject token is for.
    fn audience(&self, subject: &Presented) -> Vec<String> {
        if self.issued == TokenType::IdJag {
            return self.named.clone();
        }
        let named: Vec<String> = self.named.iter().chain(&self.resource).cloned().collect();
        if named.is_empty() { subject.audience.clone() } else { named }
    }

    /// One other authorization server (draft-ietf-oauth-identity-assertion-authz-grant §4.3).
    fn errand<'a>(&'a self, named: &'a [String]) -> Result<Errand<'a>, Refusal> {
        let [audience] = named else {
            return Err(Code::InvalidRequest.because("audience must name one authorization server"));
        };
        Ok(Errand { audience, resource: &self.resource, scope: self.scope.as_ref() })
    }
}

/// What the new token is for.
async fn aimed(
    cx: &Cx,
    request: &TokenRequest,
    rule: &MayAct,
    subject: &Presented,
    named: &[String],
    asked: Option<&Scopes>,
) -> Result<Target> {
    let client = &request.client;
    // What the subject token says in detail goes on, as far as the client may use it and the target understands it; nothing is added.
    let detailed = Kinds::of(cx, &subject.details.only(|detail| client.may_detail(detail.kind()))).await?.resources();
    let ceiling = exchange::ceiling(cx, client, rule, subject).await?;
    // A target that the subject token is not for, and whose scopes it does not have: nothing would be allowed there.
    let empty = |resource: &resources::Resource| {
        !resource.scope.is_empty()
            && resource.scope.intersection(&ceiling).is_empty()
            && !subject.audience.contains(&resource.uri)
    };
    if resources::judge_beside(cx, client, named, &detailed).await?.iter().any(empty) {
        return Err(Code::InvalidTarget.because("nothing of the subject_token is for this target").into());
    }
    let granted = Granted { scope: &ceiling, resources: named, details: &subject.details };
    let wanted = Wanted { resources: named, ..request.wanted() };
    let mut target = aim(cx, client, granted, wanted).await?;
    let issuer = &cx.tenant().issuer;
    if target.scope.is_empty() && named.contains(issuer) && !subject.audience.contains(issuer) {
        return Err(Code::InvalidTarget.because("nothing of the subject_token is for this issuer").into());
    }
    if let Some(asked) = asked {
        if !asked.within(&target.scope) {
            return Err(Code::InvalidScope.because("the scope is more than this exchange may give").into());
        }
        target.scope = asked.clone();
    }
    Ok(target)
}

/// Who acts now, and what it all comes of. An actor that is there already stays: nobody exchanges a name away.
fn lineage(mode: Mode, client: &Client, subject: &Presented, actor: Option<&Presented>) -> Lineage {
    let before = subject.lineage.act.clone();
    let act = match mode {
        Mode::Delegation => {
            let sub = actor.map_or_else(|| client.client_id.clone(), |actor| actor.subject.clone());
            Some(Actor { sub, act: before.map(Box::new) })
        }
        Mode::Impersonation | Mode::IdJag => before,
    };
    let witness = actor.filter(|_| mode == Mode::Delegation).map(witness);
    let witnesses = subject.lineage.witnesses.iter().cloned().chain(witness).collect();
    Lineage { act, may_act: None, origins: subject.origins(), witnesses }
}

/// What an actor acts by.
fn witness(actor: &Presented) -> Witness {
    let (person, epoch) = match &actor.whose {
        Subject::Person { authentication, grant, .. } => (Some((authentication.session, *grant)), authentication.epoch),
        _ => (None, Epoch::FIRST),
    };
    Witness { from: actor.origins(), person, epoch }
}

/// Whose the new token is: the same person or service, by the name that this client knows.
fn in_the_hands_of(cx: &Cx, client: &Client, whose: &Subject) -> Result<Subject> {
    Ok(match whose {
        Subject::Vouched(Vouched { issuer, user: Some(user), .. }) => {
            Subject::Vouched(Vouched { issuer: *issuer, subject: subject::of(cx, client, *user)?, user: Some(*user) })
        }
        other => other.clone(),
    })
}

/// What is remembered of each hop.
fn fact(client: &Client, rule: &MayAct, subject: &Presented, lineage: &Lineage, target: &Target) -> Event {
    let mut fact = Event::from(Fact::TokenExchanged).client(client.id);
    match &subject.whose {
        Subject::Person { user, authentication, grant } => {
            fact.user = Some(user.id);
            fact = fact.session(authentication.session).grant(*grant);
        }
        Subject::Vouched(vouched) => fact.user = vouched.user,
        _ => fact = fact.with("subject", subject.subject.clone()),
    }
    let chain = lineage.act.as_ref().map(Actor::chain).unwrap_or_default();
    let hops: Vec<_> = lineage.origins.iter().map(|origin| origin.client_id.as_str()).collect();
    details::noted(fact, &target.details)
        .with("client_id", client.client_id.clone())
        .with("mode", rule.mode.name())
        .with("actors", chain)
        .with("from", hops)
        .with("audience", target.audience.clone())
        .with("scope", target.scope.to_string())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{
        domain::{
            clients::testing::client,
            oauth::{confirmation::Confirmation, token::Origin},
        },
        kernel::Clock,
    };

    fn presented(act: Option<Actor>) -> Presented {
        Presented {
            whose: Subject::Service("robot".into()),
            subject: "robot".into(),
            client_id: "portal".into(),
            audience: vec!["https://orders.example".into()],
            scope: Some(Scopes::default()),
            details: Default::default(),
            expires_at: Clock::System.now() + TimeDelta::minutes(10),
            confirmation: Confirmation::default(),
            lineage: Lineage {
                act,
                may_act: None,
                origins: vec![Origin { client_id: "robot".into(), jti: Some("at_0".into()) }],
                witnesses: Vec::new(),
            },
            jti: Some("at_1".into()),
        }
    }

    #[test]
    fn whoever_acts_is_named_before_those_who_acted() {
        let before = Actor { sub: "portal".into(), act: None };
        let subject = presented(Some(before.clone()));
        let chain = |mode, actor: Option<&Presented>| {
            let lineage = lineage(mode, &client(), &subject, actor);
            lineage.act.unwrap().chain().into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(chain(Mode::Delegation, None), ["shop", "portal"]);
        assert_eq!(chain(Mode::Delegation, Some(&presented(None))), ["robot", "portal"]);
        assert_eq!(chain(Mode::Impersonation, None), ["portal"], "a name is not exchanged away");
        assert_eq!(lineage(Mode::Impersonation, &client(), &presented(None), None).act, None);
    }

    #[test]
    fn everything_that_a_token_came_of_is_remembered() {
        let names: Vec<_> = lineage(Mode::Impersonation, &client(), &presented(None), None)
            .origins
            .into_iter()
            .map(|origin| (origin.client_id, origin.jti.unwrap()))
            .collect();
        assert_eq!(names, [("portal".into(), "at_1".into()), ("robot".into(), "at_0".into())]);
    }
}
