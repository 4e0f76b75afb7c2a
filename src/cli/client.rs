//! `signet client`: looking after the applications that sign their users in here.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::{
    Ending, Print,
    open::Open,
    print::{facts, table},
    secret_input,
};
use crate::{
    config::{Config, Setting, Span},
    domain::clients::{
        ApplicationType, AuthMethod, Client, CreateClient, DeleteClient, GrantType, ListClients, RotateClientSecret,
        ShowClient,
    },
    kernel::{Result, secret::Secret},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register a client.
    Create(Box<Create>),
    /// List the clients, by name.
    List,
    /// Show one client.
    Show(Which),
    /// Give a client a new secret.
    RotateSecret {
        #[command(flatten)]
        which: Which,
        /// How long the old secret is still accepted: 30s, 10m, 12h or 14d. Without it, not at all.
        #[arg(long, value_name = "TIME", value_parser = Span::parse)]
        keep: Option<Span>,
    },
    /// Delete a client with its consents and refresh tokens.
    Delete(Which),
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// The client's client_id.
    #[arg(allow_hyphen_values = true)]
    client_id: String,
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The name that people see.
    #[arg(long)]
    name: String,
    /// Where answers may go; may be given several times.
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where people may be sent after signing out; may be given several times.
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// It cannot keep a secret: an app on a device or in a browser. The same as --auth-method none.
    #[arg(long)]
    public: bool,
    /// Where it runs: web or native.
    #[arg(long, value_name = "TYPE", default_value = "web")]
    application_type: ApplicationType,
    /// How it authenticates: client_secret_basic, client_secret_post or none. Without it, client_secret_basic.
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<AuthMethod>,
    /// How it may obtain tokens: authorization_code, refresh_token or client_credentials; may be given several times.
    /// Without it, the first two.
    #[arg(long = "grant", value_name = "GRANT")]
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

impl Create {
    fn operation(self) -> Result<CreateClient, Ending> {
        let auth_method = method(self.public, self.auth_method)?;
        let client_secret = if self.client_secret_stdin { Some(secret_input::line()?) } else { self.client_secret };
        let grants = if self.grants.is_empty() {
            vec![GrantType::AuthorizationCode, GrantType::RefreshToken]
        } else {
            self.grants
        };
        let scope = self.scope.unwrap_or_else(|| default_scope(&grants).to_owned());
        let access_token_ttl = self
            .access_token_ttl
            .map(|ttl| u32::try_from(ttl.seconds()))
            .transpose()
            .map_err(|_| Ending::Usage("--access-token-ttl is too long.".into()))?;
        Ok(CreateClient {
            metadata: Default::default(),
            name: self.name,
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            application_type: self.application_type,
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
        })
    }
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
    match (grants.contains(&GrantType::AuthorizationCode), grants.contains(&GrantType::RefreshToken)) {
        (true, true) => "openid profile email offline_access",
        (true, false) => "openid profile email",
        (false, _) => "",
    }
}

pub(super) async fn run(command: Command, config: Config, print: Print) -> Result<(), Ending> {
    match command {
        Command::Create(create) => {
            let operation = create.operation()?;
            Open::and(config, async |open| {
                let created = open.perform(operation).await?;
                print.answer(&created, || {
                    let secret = created.secret.as_ref().map(|secret| ("client_secret", secret.expose().to_owned()));
                    let mut rows = vec![("client_id", created.client.client_id.clone())];
                    rows.extend(secret);
                    let once = if created.secret.is_some() { "The secret is shown only now.\n" } else { "" };
                    format!("Client {} was created.\n{}{once}", created.client.client_name, facts(&rows))
                })
            })
            .await
        }
        Command::List => Open::and(config, async |open| many(&open.perform(ListClients).await?, print)).await,
        Command::Show(Which { client_id }) => {
            Open::and(config, async |open| one(&open.perform(ShowClient { client_id }).await?, print)).await
        }
        Command::RotateSecret { which: Which { client_id }, keep } => {
            Open::and(config, async |open| {
                let rotated = open.perform(RotateClientSecret { client_id, keep: keep.map(Span::std) }).await?;
                print.answer(&rotated, || {
                    let rows = [
                        ("client_id", rotated.client_id.clone()),
                        ("client_secret", rotated.client_secret.expose().to_owned()),
                    ];
                    format!("The client has a new secret. It is shown only now.\n{}", facts(&rows))
                })
            })
            .await
        }
        Command::Delete(Which { client_id }) => {
            Open::and(config, async |open| {
                open.perform(DeleteClient { client_id: client_id.clone() }).await?;
                print.answer(&json!({ "client_id": client_id, "deleted": true }), || {
                    format!("Client {client_id} was deleted.")
                })
            })
            .await
        }
    }
}

fn many(clients: &[Client], print: Print) -> Result<()> {
    print.answer(&clients, || {
        let row = |client: &Client| {
            [
                client.client_id.clone(),
                client.client_name.clone(),
                client.application_type.to_string(),
                client.token_endpoint_auth_method.to_string(),
                client.grant_types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            ]
        };
        let rows: Vec<_> = clients.iter().map(row).collect();
        table(["CLIENT", "NAME", "TYPE", "AUTHENTICATION", "GRANTS"], &rows, "No clients.")
    })
}

fn one(client: &Client, print: Print) -> Result<()> {
    print.answer(&client, || {
        let list = |items: &[String]| items.join("\n").replace('\n', &format!("\n{:29}", ""));
        facts(&[
            ("client_id", client.client_id.clone()),
            ("client_name", client.client_name.clone()),
            ("application_type", client.application_type.to_string()),
            ("authentication", client.token_endpoint_auth_method.to_string()),
            ("redirect_uris", list(&client.redirect_uris)),
            ("post_logout_redirect_uris", list(&client.post_logout_redirect_uris)),
            ("grants", client.grant_types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
            ("scope", client.scope.to_string()),
            ("pkce", if client.pkce_required { "required" } else { "optional" }.to_owned()),
            ("consent", if client.first_party { "skipped: first party" } else { "asked" }.to_owned()),
            ("created", client.created_at.to_rfc3339()),
        ])
    })
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
    fn a_client_without_people_asks_for_nothing_of_theirs() {
        assert_eq!(default_scope(&[GrantType::ClientCredentials]), "");
        assert_eq!(default_scope(&[GrantType::AuthorizationCode]), "openid profile email");
        assert!(default_scope(&[GrantType::AuthorizationCode, GrantType::RefreshToken]).ends_with("offline_access"));
    }
}
