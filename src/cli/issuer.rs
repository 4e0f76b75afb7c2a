//! `signet issuer`: looking after other issuers whose word counts here.

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Ending, Print,
    open::Open,
    print::{facts, table},
};
use crate::{
    config::{Config, Setting, Span},
    domain::{
        issuers::{
            CreateIssuer, DeleteIssuer, DiscoverKeys, Issuer, LinkSubject, ListIssuers, ShowIssuer, SubjectMapping,
            UnlinkSubject, Use,
        },
        users::Whom,
    },
    kernel::Result,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register an issuer.
    Create(Create),
    /// List the issuers, by name.
    List,
    /// Show one issuer.
    Show(Which),
    /// Delete an issuer: its word counts no longer, and what was given by it ends.
    Delete(Which),
    /// Say whom an issuer means by a subject.
    Link {
        #[command(flatten)]
        which: Which,
        /// What its sub says.
        #[arg(long, value_name = "SUB")]
        subject: String,
        /// Whom that is here: an address or an identifier.
        #[arg(long, value_name = "USER")]
        user: String,
    },
    /// Forget whom an issuer means by a subject.
    Unlink {
        #[command(flatten)]
        which: Which,
        /// What its sub says.
        #[arg(long, value_name = "SUB")]
        subject: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// What its iss says.
    issuer: String,
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// What its iss says; of a SPIFFE trust domain, spiffe://example.org.
    #[arg(long, value_name = "URI")]
    issuer: String,
    /// What its tokens are taken for: jwt-bearer (authorization grants, RFC 7523), id-jag (identity assertions for one client),
    /// login-hint (whom a client means, CIBA), software-statement (RFC 7591) or workload (proof of which client asks: Kubernetes
    /// service accounts, JWT-SVIDs); may be given several times.
    #[arg(long = "use", value_name = "USE", required = true)]
    uses: Vec<Use>,
    /// Its public keys: a file with a JWK Set.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["jwks_uri", "discover"], required_unless_present_any = ["jwks_uri", "discover"])]
    jwks: Option<PathBuf>,
    /// Where its public keys are; of a SPIFFE trust domain, its bundle endpoint.
    #[arg(long, value_name = "URI", conflicts_with = "discover")]
    jwks_uri: Option<String>,
    /// Ask the issuer where its public keys are, once and now, at /.well-known/openid-configuration.
    #[arg(long)]
    discover: bool,
    /// What aud may say besides this issuer's own names; may be given several times. Never for id-jag, nor for JWT-SVIDs.
    #[arg(long = "audience", value_name = "AUD")]
    audiences: Vec<String>,
    /// Who the subject is here: link (a person linked by signet issuer link), email (the same, or at first the person of a verified
    /// address, who is linked then) or service (no person).
    #[arg(long, value_name = "HOW", default_value = "link")]
    subject_mapping: SubjectMapping,
    /// A client for which its word counts; may be given several times. Without it, every client with that grant type, or with a
    /// workload of this issuer.
    #[arg(long = "client", value_name = "ID")]
    clients: Vec<String>,
    /// What its assertions give at most; may be given several times, or several in one, separated by spaces.
    #[arg(long = "scope", value_name = "SCOPES")]
    scopes: Vec<String>,
    /// How long its tokens may live: 30s, 10m, 12h.
    #[arg(long, value_name = "TIME", value_parser = Span::parse, default_value = "1h")]
    max_lifetime: Span,
}

impl Create {
    fn operation(self) -> Result<CreateIssuer, Ending> {
        let unreadable = |why: String| Ending::Usage(format!("The JWK Set cannot be read: {why}"));
        let jwks = match self.jwks {
            Some(file) => {
                let text = fs::read(file).map_err(|error| unreadable(error.to_string()))?;
                Some(serde_json::from_slice::<Value>(&text).map_err(|error| unreadable(error.to_string()))?)
            }
            None => None,
        };
        Ok(CreateIssuer {
            issuer: self.issuer,
            uses: self.uses,
            jwks,
            jwks_uri: self.jwks_uri,
            audiences: self.audiences,
            subject_mapping: self.subject_mapping,
            clients: self.clients,
            scope: self.scopes.join(" "),
            max_lifetime: u32::try_from(self.max_lifetime.seconds())
                .map_err(|_| Ending::Usage("--max-lifetime is too long.".into()))?,
        })
    }
}

pub(super) async fn run(command: Command, config: Config, print: Print) -> Result<(), Ending> {
    match command {
        Command::Create(create) => {
            let discover = create.discover;
            let mut operation = create.operation()?;
            Open::and(config, async |open| {
                if discover {
                    operation.jwks_uri = Some(open.perform(DiscoverKeys { issuer: operation.issuer.clone() }).await?);
                }
                let created = open.perform(operation).await?;
                print.answer(&created, || format!("Issuer {} was registered.\n{}", created.issuer, words(&created)))
            })
            .await
        }
        Command::List => Open::and(config, async |open| many(&open.perform(ListIssuers).await?, print)).await,
        Command::Show(Which { issuer }) => {
            Open::and(config, async |open| {
                let issuer = open.perform(ShowIssuer { issuer }).await?;
                print.answer(&issuer, || words(&issuer))
            })
            .await
        }
        Command::Delete(Which { issuer }) => {
            Open::and(config, async |open| {
                open.perform(DeleteIssuer { issuer: issuer.clone() }).await?;
                print.answer(&json!({ "issuer": issuer, "deleted": true }), || format!("Issuer {issuer} was deleted."))
            })
            .await
        }
        Command::Link { which: Which { issuer }, subject, user } => {
            Open::and(config, async |open| {
                let linked = open.perform(LinkSubject { issuer, subject, whom: Whom::from(user.as_str()) }).await?;
                print.answer(&linked, || format!("{} of {} is {}.", linked.subject, linked.issuer, linked.user_id))
            })
            .await
        }
        Command::Unlink { which: Which { issuer }, subject } => {
            Open::and(config, async |open| {
                open.perform(UnlinkSubject { issuer: issuer.clone(), subject: subject.clone() }).await?;
                let value = json!({ "issuer": issuer, "subject": subject, "unlinked": true });
                print.answer(&value, || format!("{subject} of {issuer} is nobody here any more."))
            })
            .await
        }
    }
}

fn many(issuers: &[Issuer], print: Print) -> Result<()> {
    print.answer(&issuers, || {
        let row = |issuer: &Issuer| {
            [issuer.issuer.clone(), uses(issuer), issuer.subject_mapping.to_string(), issuer.scope.to_string()]
        };
        let rows: Vec<_> = issuers.iter().map(row).collect();
        table(["ISSUER", "USES", "SUBJECTS", "SCOPES"], &rows, "No issuers.")
    })
}

fn uses(issuer: &Issuer) -> String {
    issuer.uses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn words(issuer: &Issuer) -> String {
    let or = |list: &[String], none: &str| if list.is_empty() { none.to_owned() } else { list.join(" ") };
    facts(&[
        ("issuer", issuer.issuer.clone()),
        ("uses", uses(issuer)),
        ("keys", issuer.jwks_uri.clone().unwrap_or_else(|| "registered".into())),
        ("audiences", or(&issuer.audiences, "this issuer's own")),
        ("subjects", issuer.subject_mapping.to_string()),
        ("clients", or(&issuer.clients, "every one")),
        ("scope", issuer.scope.to_string()),
        ("max_lifetime", format!("{} s", issuer.max_lifetime)),
        ("created", issuer.created_at.to_rfc3339()),
    ])
}
