//! An application asks (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).

use super::{AuthorizationResponse, Binding, Flow, Progress, Wrapping, current, hint};
use crate::{
    app::{Cx, Guard, Limit, Operation},
    domain::{
        clients::{self, Answer, Client, Envelope},
        oauth::{
            Parameters, details, par,
            request::{self, AuthorizationRequest, Rejection, ReturnAddress, Rules},
            request_object::{self, Place},
            scopes,
        },
        rates::rate,
        resources,
    },
    kernel::{Code, Error, Refusal, Result, scope::Scopes},
};

/// Begins an authorization. Errors are for the person: client and redirect URI could not be trusted. Everything else is an
/// answer to the client.
#[derive(Debug, Clone)]
pub struct BeginAuthorization {
    /// What the application sent.
    pub parameters: Parameters,
    /// The browser it came through.
    pub browser: Binding,
}

impl Operation for BeginAuthorization {
    type Output = Progress;
    const NAME: &'static str = "authorization.begin";
    const GUARD: Guard = Guard::Anyone;
    const LIMITS: &'static [Limit] = &[Limit { rate: |config| rate(config.limits.authorizations_per_address) }];

    async fn run(self, cx: &mut Cx) -> Result<Progress> {
        let client_id = self
            .parameters
            .once("client_id")?
            .ok_or_else(|| Code::InvalidRequest.because("The parameter client_id is missing."))?;
        let client = clients::documents::find(cx, client_id).await?;
        let client =
            client.ok_or_else(|| Code::InvalidClient.because("The application (client_id) is not known here."))?;
        let asked = match self.asked(cx, &client).await {
            Ok(asked) => asked,
            Err(Error::Refused(refusal)) => return outside(cx, &self.parameters, &client, *refusal).await,
            Err(error) => return Err(error),
        };
        let request = match understand(cx, &asked.parameters, &client).await? {
            Ok(request) => request,
            Err(rejection) => {
                if let Some(pushed) = &asked.pushed {
                    par::spend(cx, pushed).await?; // it was checked when it was pushed: the registration changed
                }
                return Ok(Progress::Answer(AuthorizationResponse::rejection(cx, &client, *rejection).await?));
            }
        };
        let flow = Flow { pushed: asked.pushed, ..Flow::begin(request, self.browser, cx.now) };
        current::advance(cx, flow, &client, false).await
    }
}

/// What is asked for, wherever it stands.
struct Asked {
    parameters: Parameters,
    /// The `request_uri` under which it was pushed.
    pushed: Option<String>,
}

impl BeginAuthorization {
    /// The parameters that count: those that were pushed, those of the request object, or those of the address.
    async fn asked(&self, cx: &Cx, client: &Client) -> Result<Asked> {
        let reference = self.parameters.once("request_uri")?;
        if let Some(reference) = reference.filter(|reference| par::is_ours(reference)) {
            let parameters = par::find(cx, reference, client).await?;
            return Ok(Asked { parameters, pushed: Some(reference.to_owned()) });
        }
        let oauth = &cx.config().oauth;
        // FAPI 2.0 Security Profile §5.3.2.2 (3), besides.
        if oauth.require_pushed_authorization_requests
            || client.metadata.require_pushed_authorization_requests
            || client.profile(oauth).is_fapi2()
        {
            return Err(Code::InvalidRequest.because("the request has to be pushed first (RFC 9126)").into());
        }
        let parameters = request_object::resolve(cx, client, &self.parameters, Place::Browser).await?;
        Ok(Asked { parameters, pushed: None })
    }
}

/// Runs every check. The error is for the person; the rejection in the answer is for the client.
pub async fn understand(
    cx: &Cx,
    parameters: &Parameters,
    client: &Client,
) -> Result<std::result::Result<AuthorizationRequest, Box<Rejection>>> {
    let (address, trouble) = ReturnAddress::judge(parameters, client, client.profile(&cx.config().oauth))?;
    if let Err(refusal) = trouble {
        return Ok(Err(Box::new(Rejection { address, refusal })));
    }
    let hinted_subject = match parameters.first("id_token_hint") {
        Some(hint) => hint::subject(cx, hint).await?,
        None => None,
    };
    let usual_scope = match usual_scope(cx, parameters, client).await {
        Ok(scope) => scope,
        Err(Error::Refused(refusal)) => return Ok(Err(Box::new(Rejection { address, refusal: *refusal }))),
        Err(error) => return Err(error),
    };
    let config = cx.config();
    let rules =
        Rules { oauth: &config.oauth, registration_open: config.registration.open, hinted_subject, usual_scope };
    let mut request = match request::check(parameters, client, address, &rules) {
        Ok(request) => request,
        Err(rejection) => return Ok(Err(rejection)),
    };
    // A client that cannot be answered learns it before a person signs in.
    Wrapping::prepare(cx, client, &request.address).await?;
    match answerable(cx, client, &mut request).await {
        Ok(()) => Ok(Ok(request)),
        Err(Error::Refused(refusal)) => Ok(Err(Box::new(Rejection { address: request.address, refusal: *refusal }))),
        Err(error) => Err(error),
    }
}

/// What a request asks for that has no `scope`: everything at the APIs that it names. A client that learned of an API from its
/// metadata (RFC 9728) may know no scope.
async fn usual_scope(cx: &Cx, parameters: &Parameters, client: &Client) -> Result<Scopes> {
    // Authorization details ask for something by themselves (RFC 9396 §3).
    if parameters.first("scope").is_some() || parameters.first("authorization_details").is_some() {
        return Ok(Scopes::default());
    }
    Ok(scopes::usual(&resources::judge(cx, client, &parameters.distinct("resource")).await?))
}

/// Whether what is asked for can be given: the resources are there, the authorization details are as their types have them, and the
/// key for an ID token is there. Details name their API as `resource` would.
async fn answerable(cx: &Cx, client: &Client, request: &mut AuthorizationRequest) -> Result<()> {
    let asked = details::judge(cx, &request.details).await?;
    resources::judge_beside(cx, client, &request.resources, &asked.resources).await?;
    for uri in asked.resources {
        if !request.resources.contains(&uri) {
            request.resources.push(uri);
        }
    }
    request.once = asked.once;
    if request.response_type.id_token {
        Envelope::prepare(cx, client, Answer::IdToken).await?;
    }
    Ok(())
}

/// What is asked for cannot be read. The client is told where the address itself names a good place; else the person.
async fn outside(cx: &Cx, parameters: &Parameters, client: &Client, refusal: Refusal) -> Result<Progress> {
    match ReturnAddress::judge(parameters, client, client.profile(&cx.config().oauth)) {
        Ok((address, _)) => {
            let rejection = Rejection { address, refusal };
            Ok(Progress::Answer(AuthorizationResponse::rejection(cx, client, rejection).await?))
        }
        Err(_) => Err(refusal.into()),
    }
}
