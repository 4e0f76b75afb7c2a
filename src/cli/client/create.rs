//! `signet client create`: every part of a registration as an option.

use std::{fs, path::PathBuf};

use clap::{Args, ValueEnum};
use keys::Algorithm;
use serde_json::Value;

use super::{
    backchannel::Backchannel, certified::Certificates, delegation::Delegation, encrypted::Encrypted, workload::Bound,
};
use crate::{
    cli::{Ending, client::profile::Profile, secret_input},
    config::{Setting, Span},
    domain::{
        clients::{ApplicationType, AuthMethod, CreateClient, GrantType, Metadata, SubjectType, TokenFormat},
        users::Whom,
    },
    kernel::secret::Secret,
};

#[derive(Debug, Args)]
#[group(id = "registration", conflicts_with = "import", multiple = true)]
pub(in crate::cli) struct Create {
    /// The name that people see.
    #[arg(long, required_unless_present = "import")]
    name: Option<String>,
    /// What kind of client it is, for what is not said otherwise.
    #[arg(long, value_name = "KIND")]
    profile: Option<Profile>,
    /// Where answers may go; may be given several times.
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where people may be sent after signing out; may be given several times.
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// It cannot keep a secret: an app on a device or in a browser. The same as --auth-method none.
    #[arg(long)]
    public: bool,
    /// Where it runs: web or native. Without it, web.
    #[arg(long, value_name = "TYPE")]
    application_type: Option<ApplicationType>,
    /// How it authenticates: client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth,
    /// self_signed_tls_client_auth, workload_jwt, spiffe_jwt or none. Without it, client_secret_basic.
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<AuthMethod>,
    /// How it may obtain tokens: authorization_code, refresh_token, client_credentials, device_code, ciba, implicit,
    /// token-exchange or jwt-bearer; may be given several times. Without it, the first two, and implicit where a response type needs it.
    #[arg(long = "grant", value_name = "GRANT", value_parser = grant)]
    grants: Vec<GrantType>,
    /// Whether PKCE is demanded. Public clients always need it.
    #[arg(long, value_name = "WHETHER", default_value = "required")]
    pkce: Pkce,
    /// What it may ask for. Without it, what a person's sign-in needs.
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// It is your own: people are not asked for consent.
    #[arg(long)]
    first_party: bool,
    /// Whose agent it is: an address or an identifier (usr_…). They see it, can end it, and it stops with them.
    #[arg(long, value_name = "USER", required_if_eq("profile", "agent"))]
    owner: Option<String>,
    /// The client_id, if one must be kept; made otherwise.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The secret, if one must be kept; made otherwise. Everyone on this machine can see it here: prefer
    /// --client-secret-stdin.
    #[arg(long, value_name = "SECRET", conflicts_with = "client_secret_stdin", value_parser = secret)]
    client_secret: Option<Secret>,
    /// Read the secret from a line of the standard input.
    #[arg(long)]
    client_secret_stdin: bool,
    /// Lifetime of its access tokens, where it differs: 30s, 10m, 12h.
    #[arg(long, value_name = "TIME", value_parser = Span::parse)]
    access_token_ttl: Option<Span>,
    /// Home page.
    #[arg(long, value_name = "URI")]
    client_uri: Option<String>,
    /// Logo.
    #[arg(long, value_name = "URI")]
    logo_uri: Option<String>,
    /// Privacy policy.
    #[arg(long, value_name = "URI")]
    policy_uri: Option<String>,
    /// Terms of service.
    #[arg(long, value_name = "URI")]
    tos_uri: Option<String>,
}

/// What only some clients need. Apart from the rest, because clap knows no groups within groups.
#[derive(Debug, Args)]
#[group(id = "registration_more", conflicts_with = "import", multiple = true)]
pub(in crate::cli) struct More {
    /// Its public keys: a file with a JWK Set.
    #[arg(long, value_name = "FILE", conflicts_with = "jwks_uri")]
    jwks: Option<PathBuf>,
    /// Where its public keys are.
    #[arg(long, value_name = "URI")]
    jwks_uri: Option<String>,
    /// The algorithm of its client assertions, if it is to be one only.
    #[arg(long, value_name = "ALG")]
    auth_signing_alg: Option<String>,
    /// What it is answered with: code, none, or, where the service allows them, id_token, "id_token token", "code id_token", "code
    /// token", "code id_token token"; may be given several times. Without it, code.
    #[arg(long = "response-type", value_name = "TYPE")]
    response_types: Vec<String>,
    /// What its ID tokens are signed with.
    #[arg(long, value_name = "ALG")]
    id_token_alg: Option<Algorithm>,
    /// What userinfo is signed with; JSON without it.
    #[arg(long, value_name = "ALG")]
    userinfo_alg: Option<Algorithm>,
    /// What answers about tokens are signed with where it asks for signed ones.
    #[arg(long, value_name = "ALG")]
    introspection_alg: Option<Algorithm>,
    /// What its authorization responses are signed with where it asks for them as a JWT (JARM).
    #[arg(long, value_name = "ALG")]
    authorization_alg: Option<Algorithm>,
    /// What its access tokens look like: jwt or opaque.
    #[arg(long, value_name = "FORMAT", default_value = "jwt")]
    access_token_format: Format,
    /// It may ask about tokens that are not its own.
    #[arg(long)]
    may_introspect: bool,
    /// What people are called: public, the same everywhere, or pairwise, another name in each sector.
    #[arg(long, value_name = "TYPE", default_value = "public")]
    subject_type: Subject,
    /// The list of the redirect URIs of its sector.
    #[arg(long, value_name = "URI")]
    sector_identifier_uri: Option<String>,
    /// The algorithm of its request objects, or none for unsigned ones.
    #[arg(long, value_name = "ALG")]
    request_object_alg: Option<String>,
    /// Where request objects may be fetched from; may be given several times.
    #[arg(long = "request-uri", value_name = "URI")]
    request_uris: Vec<String>,
    /// It has to push its authorization requests.
    #[arg(long)]
    require_par: bool,
    /// It has to sign its authorization requests.
    #[arg(long)]
    require_signed_request: bool,
    /// Its access tokens are bound to a key: every token request needs a DPoP proof.
    #[arg(long)]
    dpop_bound: bool,
    /// A type of authorization details that it may ask for (RFC 9396); may be given several times.
    #[arg(long = "authorization-details-type", value_name = "NAME")]
    authorization_details_types: Vec<String>,
    /// Where it hears, from us, that a session is over.
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// It needs to hear which session.
    #[arg(long, requires = "backchannel_logout_uri")]
    backchannel_session_required: bool,
    /// Where it hears, in the browser, that a session is over.
    #[arg(long, value_name = "URI")]
    frontchannel_logout_uri: Option<String>,
    /// It needs to hear which session.
    #[arg(long, requires = "frontchannel_logout_uri")]
    frontchannel_session_required: bool,
    /// Where a sign-in can be begun by somebody else.
    #[arg(long, value_name = "URI")]
    initiate_login_uri: Option<String>,
    /// How old a sign-in may be unless it asks for another age: 30s, 10m, 12h.
    #[arg(long, value_name = "TIME", value_parser = Span::parse)]
    default_max_age: Option<Span>,
    /// Its ID tokens have to say when the person signed in.
    #[arg(long)]
    require_auth_time: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A JWT by RFC 9068.
    Jwt,
    /// Nothing that anybody but us can read.
    Opaque,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// The same to every client.
    Public,
    /// Another one in each sector.
    Pairwise,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pkce {
    /// Every authorization request needs it.
    Required,
    /// Only what the client chooses to protect.
    Optional,
}

fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

/// A grant type by its name; the part after the last colon does for one whose name is a URN.
fn grant(text: &str) -> Result<GrantType, String> {
    let short = |grant: &&GrantType| grant.name().rsplit(':').next() == Some(text);
    GrantType::ALL.iter().find(short).map_or_else(|| text.parse(), |grant| Ok(*grant))
}

impl Create {
    /// The registration that the options ask for.
    pub(super) fn operation(
        self,
        more: More,
        encrypted: &Encrypted,
        delegation: Delegation,
        certificates: Certificates,
        backchannel: Backchannel,
        workload: Bound,
    ) -> Result<CreateClient, Ending> {
        let profile = self.profile;
        let by_profile = profile.filter(|_| !self.public).map(Profile::auth_method);
        let named = self.auth_method.or(workload.method());
        let auth_method = method(self.public, named.or(by_profile))?;
        if self.first_party && profile == Some(Profile::Mcp) {
            let why = "People are asked before an MCP client gets anything: --first-party and --profile mcp exclude each other.";
            return Err(Ending::Usage(why.into()));
        }
        let client_secret = if self.client_secret_stdin { Some(secret_input::line()?) } else { self.client_secret };
        let usual = || profile.map_or_else(|| usual_grants(&more.response_types), Profile::grants);
        let grants = if self.grants.is_empty() { usual() } else { self.grants };
        let grants = delegation.grants(grants);
        let usual_type = profile.map_or(ApplicationType::Web, Profile::application_type);
        let scope = self.scope.unwrap_or_else(|| delegation.scope(default_scope(&grants)));
        let access_token_ttl = self
            .access_token_ttl
            .map(|ttl| u32::try_from(ttl.seconds()))
            .transpose()
            .map_err(|_| Ending::Usage("--access-token-ttl is too long.".into()))?
            .or_else(|| profile.and_then(Profile::access_token_ttl));
        let mut metadata = Metadata { encryption: encrypted.metadata(), ..more.metadata()? };
        delegation.put(&mut metadata);
        certificates.put(&mut metadata);
        backchannel.put(&mut metadata, grants.contains(&GrantType::Ciba));
        workload.put(&mut metadata);
        Ok(CreateClient {
            metadata: Metadata {
                security_profile: profile.map(Profile::security_profile).unwrap_or_default(),
                ..metadata
            },
            name: self.name.unwrap_or_default(),
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            application_type: self.application_type.unwrap_or(usual_type),
            auth_method,
            grants,
            pkce_required: self.pkce == Pkce::Required,
            scope,
            first_party: self.first_party,
            client_id: self.client_id,
            client_secret,
            access_token_ttl,
            client_uri: self.client_uri,
            logo_uri: self.logo_uri,
            policy_uri: self.policy_uri,
            tos_uri: self.tos_uri,
            owner: self.owner.map(|text| Whom::from(text.as_str())),
        })
    }
}

impl More {
    fn metadata(self) -> Result<Metadata, Ending> {
        let default_max_age = self.default_max_age.map(|age| u32::try_from(age.seconds())).transpose();
        Ok(Metadata {
            response_types: self.response_types,
            jwks: self.jwks.map(|file| jwks(&file)).transpose()?,
            jwks_uri: self.jwks_uri,
            sector_identifier_uri: self.sector_identifier_uri,
            subject_type: match self.subject_type {
                Subject::Public => SubjectType::Public,
                Subject::Pairwise => SubjectType::Pairwise,
            },
            id_token_signed_response_alg: self.id_token_alg,
            userinfo_signed_response_alg: self.userinfo_alg,
            introspection_signed_response_alg: self.introspection_alg,
            authorization_signed_response_alg: self.authorization_alg,
            request_object_signing_alg: self.request_object_alg,
            token_endpoint_auth_signing_alg: self.auth_signing_alg,
            default_max_age: default_max_age.map_err(|_| Ending::Usage("--default-max-age is too long.".into()))?,
            require_auth_time: self.require_auth_time,
            initiate_login_uri: self.initiate_login_uri,
            request_uris: self.request_uris,
            require_pushed_authorization_requests: self.require_par,
            require_signed_request_object: self.require_signed_request,
            dpop_bound_access_tokens: self.dpop_bound,
            authorization_details_types: self.authorization_details_types,
            backchannel_logout_uri: self.backchannel_logout_uri,
            backchannel_logout_session_required: self.backchannel_session_required,
            frontchannel_logout_uri: self.frontchannel_logout_uri,
            frontchannel_logout_session_required: self.frontchannel_session_required,
            access_token_format: match self.access_token_format {
                Format::Jwt => TokenFormat::Jwt,
                Format::Opaque => TokenFormat::Opaque,
            },
            may_introspect: self.may_introspect,
            ..Metadata::default()
        })
    }
}

fn jwks(file: &PathBuf) -> Result<Value, Ending> {
    let unreadable = |why: String| Ending::Usage(format!("{} cannot be read: {why}", file.display()));
    let text = fs::read(file).map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
}

/// How a client obtains tokens that did not say: by what its response types need.
fn usual_grants(response_types: &[String]) -> Vec<GrantType> {
    let has = |word| response_types.iter().any(|named| named.split(' ').any(|each| each == word));
    let code = response_types.is_empty() || has("code") || has("none");
    let implicit = has("id_token") || has("token");
    let code = [GrantType::AuthorizationCode, GrantType::RefreshToken].into_iter().filter(|_| code);
    code.chain(implicit.then_some(GrantType::Implicit)).collect()
}

fn method(public: bool, named: Option<AuthMethod>) -> Result<AuthMethod, Ending> {
    match (public, named) {
        (true, None) => Ok(AuthMethod::None),
        (true, Some(method)) if method != AuthMethod::None => Err(Ending::Usage(format!(
            "A public client cannot authenticate: --public and --auth-method {method} exclude each other."
        ))),
        (_, method) => Ok(method.unwrap_or(AuthMethod::ClientSecretBasic)),
    }
}

/// What a client asks for that did not say: a person's sign-in, or nothing where there is no person.
fn default_scope(grants: &[GrantType]) -> &'static str {
    let person = grants.iter().any(|grant| grant.begins_with_a_person());
    match (person, grants.contains(&GrantType::RefreshToken)) {
        (true, true) => "openid profile email offline_access",
        (true, false) => "openid profile email",
        (false, _) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_client_does_not_authenticate() {
        assert_eq!(method(true, None).unwrap(), AuthMethod::None);
        assert_eq!(method(true, Some(AuthMethod::None)).unwrap(), AuthMethod::None);
        assert_eq!(method(false, Some(AuthMethod::None)).unwrap(), AuthMethod::None);
        assert_eq!(method(false, None).unwrap(), AuthMethod::ClientSecretBasic);
        assert!(method(true, Some(AuthMethod::ClientSecretPost)).is_err());
    }

    #[test]
    fn response_types_bring_their_grants() {
        use GrantType::{AuthorizationCode, Implicit, RefreshToken};
        let of = |types: &[&str]| usual_grants(&types.iter().map(|each| (*each).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&[]), [AuthorizationCode, RefreshToken]);
        assert_eq!(of(&["code"]), [AuthorizationCode, RefreshToken]);
        assert_eq!(of(&["id_token token"]), [Implicit]);
        assert_eq!(of(&["code id_token"]), [AuthorizationCode, RefreshToken, Implicit]);
    }

    #[test]
    fn a_client_without_people_asks_for_nothing_of_theirs() {
        assert_eq!(default_scope(&[GrantType::ClientCredentials]), "");
        assert_eq!(default_scope(&[GrantType::AuthorizationCode]), "openid profile email");
        assert!(default_scope(&[GrantType::AuthorizationCode, GrantType::RefreshToken]).ends_with("offline_access"));
    }
}
