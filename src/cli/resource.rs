//! `signet resource`: looking after the APIs that access tokens are for.

mod details_type;

use clap::{Args, Subcommand, ValueEnum};
use details_type::DetailsType;
use serde_json::json;

use super::{
    Ending, Print,
    open::Open,
    print::{facts, table},
};
use crate::{
    config::{Config, Setting, Span},
    domain::{
        clients::TokenFormat,
        resources::{CreateResource, DeleteResource, ListResources, Resource, ShowResource, UpdateResource},
    },
    kernel::Result,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register an API.
    Create(Create),
    /// Change what is named of an API; the rest stays.
    Update(Update),
    /// List the APIs, by URI.
    List,
    /// Show one API.
    Show(Which),
    /// Delete an API: there are no more tokens for it.
    Delete(Which),
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// The API's URI.
    uri: String,
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The URI that clients name in the parameter resource, and that tokens have in aud (RFC 8707). A client with this
    /// client_id may introspect tokens for the API.
    #[arg(long, value_name = "URI")]
    uri: String,
    /// Its name. Without it, the URI.
    #[arg(long)]
    name: Option<String>,
    /// A scope of its own; may be given several times, or several in one, separated by spaces.
    #[arg(long = "scope", value_name = "SCOPES")]
    scopes: Vec<String>,
    /// What its access tokens look like: jwt, which it verifies itself, or opaque, which it has to introspect.
    #[arg(long, value_name = "FORMAT", default_value = "jwt")]
    access_token_format: Format,
    /// Lifetime of its access tokens, where it differs: 30s, 10m, 12h.
    #[arg(long, value_name = "TIME", value_parser = Span::parse)]
    access_token_ttl: Option<Span>,
    /// A type of authorization details (RFC 9396) that means something to it, with the file of its JSON Schema (draft 2020-12); may be
    /// given several times.
    #[arg(long = "authorization-details-type", value_name = "NAME=FILE", value_parser = DetailsType::parse)]
    authorization_details_types: Vec<DetailsType>,
}

#[derive(Debug, Args)]
pub(super) struct Update {
    /// The API's URI, which stays.
    uri: String,
    /// Its name.
    #[arg(long)]
    name: Option<String>,
    /// Its own scopes from now on; may be given several times, or several in one, separated by spaces.
    #[arg(long = "scope", value_name = "SCOPES")]
    scopes: Option<Vec<String>>,
    /// What its access tokens look like: jwt or opaque.
    #[arg(long, value_name = "FORMAT")]
    access_token_format: Option<Format>,
    /// Lifetime of its access tokens: 30s, 10m, 12h.
    #[arg(long, value_name = "TIME", value_parser = Span::parse)]
    access_token_ttl: Option<Span>,
    /// A type of authorization details that is added, or gets another JSON Schema; may be given several times.
    #[arg(long = "authorization-details-type", value_name = "NAME=FILE", value_parser = DetailsType::parse)]
    authorization_details_types: Vec<DetailsType>,
    /// A type that it has no longer; may be given several times.
    #[arg(long = "without-authorization-details-type", value_name = "NAME")]
    without_authorization_details_types: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A JWT by RFC 9068.
    Jwt,
    /// Nothing that can be read.
    Opaque,
}

impl From<Format> for TokenFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Jwt => Self::Jwt,
            Format::Opaque => Self::Opaque,
        }
    }
}

fn seconds(ttl: Option<Span>) -> Result<Option<u32>, Ending> {
    let ttl = ttl.map(|ttl| u32::try_from(ttl.seconds())).transpose();
    ttl.map_err(|_| Ending::Usage("--access-token-ttl is too long.".into()))
}

impl Update {
    fn operation(self) -> Result<UpdateResource, Ending> {
        Ok(UpdateResource {
            uri: self.uri,
            name: self.name,
            scope: self.scopes.map(|scopes| scopes.join(" ")),
            access_token_format: self.access_token_format.map(TokenFormat::from),
            access_token_ttl: seconds(self.access_token_ttl)?,
            authorization_details_types: DetailsType::read_all(self.authorization_details_types)?,
            without_authorization_details_types: self.without_authorization_details_types,
        })
    }
}

impl Create {
    fn operation(self) -> Result<CreateResource, Ending> {
        Ok(CreateResource {
            uri: self.uri,
            name: self.name,
            scope: self.scopes.join(" "),
            access_token_format: self.access_token_format.into(),
            access_token_ttl: seconds(self.access_token_ttl)?,
            authorization_details_types: DetailsType::read_all(self.authorization_details_types)?,
        })
    }
}

pub(super) async fn run(command: Command, config: Config, print: Print) -> Result<(), Ending> {
    match command {
        Command::Create(create) => {
            let operation = create.operation()?;
            Open::and(config, async |open| {
                let created = open.perform(operation).await?;
                print.answer(&created, || format!("Resource {} was created.\n{}", created.name, words(&created)))
            })
            .await
        }
        Command::Update(update) => {
            let operation = update.operation()?;
            Open::and(config, async |open| {
                let changed = open.perform(operation).await?;
                print.answer(&changed, || format!("Resource {} was changed.\n{}", changed.name, words(&changed)))
            })
            .await
        }
        Command::List => Open::and(config, async |open| many(&open.perform(ListResources).await?, print)).await,
        Command::Show(Which { uri }) => {
            Open::and(config, async |open| {
                let resource = open.perform(ShowResource { uri }).await?;
                print.answer(&resource, || words(&resource))
            })
            .await
        }
        Command::Delete(Which { uri }) => {
            Open::and(config, async |open| {
                open.perform(DeleteResource { uri: uri.clone() }).await?;
                print.answer(&json!({ "uri": uri, "deleted": true }), || {
                    format!("Resource {uri} was deleted. Tokens for it live until they expire.")
                })
            })
            .await
        }
    }
}

fn many(resources: &[Resource], print: Print) -> Result<()> {
    print.answer(&resources, || {
        let row = |resource: &Resource| {
            [
                resource.uri.clone(),
                resource.name.clone(),
                format(resource).into(),
                resource.scope.to_string(),
                types(resource),
            ]
        };
        let rows: Vec<_> = resources.iter().map(row).collect();
        table(["URI", "NAME", "TOKENS", "SCOPES", "DETAILS"], &rows, "No resources.")
    })
}

fn words(resource: &Resource) -> String {
    let ttl = resource.access_token_ttl.map_or_else(|| "as the client's".into(), |ttl| format!("{ttl} s"));
    facts(&[
        ("uri", resource.uri.clone()),
        ("name", resource.name.clone()),
        ("scope", resource.scope.to_string()),
        ("access_token_format", format(resource).to_owned()),
        ("access_token_ttl", ttl),
        ("authorization_details_types", types(resource)),
        ("created", resource.created_at.to_rfc3339()),
    ])
}

fn types(resource: &Resource) -> String {
    resource.authorization_details_types.keys().cloned().collect::<Vec<_>>().join(" ")
}

fn format(resource: &Resource) -> &'static str {
    match resource.access_token_format {
        TokenFormat::Jwt => "jwt",
        TokenFormat::Opaque => "opaque",
    }
}
