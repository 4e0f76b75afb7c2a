//! `signet user`: looking after people.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{
    Ending, Print,
    open::Open,
    print::{facts, table},
    secret_input, user_consents,
};
use crate::{
    config::Config,
    domain::{
        sessions::{LockUser, UnlockUser},
        users::{CreateUser, DeleteUser, ListUsers, ShowUser, User, Whom},
    },
    kernel::{Result, id::UserId, secret::Secret},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a person.
    Create(Create),
    /// List people, the oldest account first.
    List {
        /// Begin after this person.
        #[arg(long, value_name = "ID")]
        after: Option<UserId>,
        /// How many at most.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1000))]
        limit: u64,
    },
    /// Show one person.
    Show(Who),
    /// Lock a person out, everywhere and at once.
    Lock(Who),
    /// Let a person in again.
    Unlock(Who),
    /// List the applications that may use a person's account.
    Consents(Who),
    /// Take back what a person allowed an application, with all its tokens.
    Withdraw {
        #[command(flatten)]
        who: Who,
        /// The application.
        #[arg(long, value_name = "ID", allow_hyphen_values = true)]
        client_id: String,
    },
    /// Delete a person with everything that belongs to them; the record of what happened stays.
    Delete(Who),
}

#[derive(Debug, Args)]
pub(super) struct Who {
    /// The person: an id (usr_…) or an address.
    user: String,
}

impl Who {
    fn whom(&self) -> Whom {
        self.user.as_str().into()
    }
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The address.
    #[arg(long)]
    email: String,
    /// The full name; without it what stands before the @.
    #[arg(long)]
    name: Option<String>,
    /// The address is known to be theirs.
    #[arg(long)]
    verified: bool,
    /// The person may administer the tenant.
    #[arg(long)]
    admin: bool,
    /// Read the password from a line of the standard input. Without a password the person has to ask for a reset link.
    #[arg(long, conflicts_with = "password_hash_stdin")]
    password_stdin: bool,
    /// Read an argon2 or bcrypt hash from another system from a line of the standard input.
    #[arg(long)]
    password_hash_stdin: bool,
    /// Further claims, a JSON object (OpenID Connect Core §5.1).
    #[arg(long, value_name = "JSON", value_parser = claims)]
    claims: Option<Map<String, Value>>,
}

fn claims(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("is not a JSON object: {error}"))
}

impl Create {
    fn operation(self) -> Result<CreateUser, Ending> {
        let line = |wanted: bool| wanted.then(secret_input::line).transpose();
        let password: Option<Secret> = line(self.password_stdin)?;
        let password_hash = line(self.password_hash_stdin)?.map(|hash| hash.expose().to_owned());
        let name = self.name.unwrap_or_else(|| self.email.split('@').next().unwrap_or_default().to_owned());
        Ok(CreateUser {
            email: self.email,
            name,
            password,
            password_hash,
            verified: self.verified,
            admin: self.admin,
            claims: self.claims.unwrap_or_default(),
        })
    }
}

pub(super) async fn run(command: Command, config: Config, print: Print) -> Result<(), Ending> {
    if let Command::Create(create) = command {
        let operation = create.operation()?;
        return Open::and(config, async |open| {
            let user = open.perform(operation).await?;
            one(&user, "created", print)
        })
        .await;
    }
    Open::and(config, async |open| match command {
        Command::Create(_) => Ok(()), // done above: it reads the standard input first
        Command::List { after, limit } => many(&open.perform(ListUsers { after, limit }).await?, print),
        Command::Show(who) => one(&open.perform(ShowUser { whom: who.whom() }).await?, "", print),
        Command::Lock(who) => one(&open.perform(LockUser { whom: who.whom() }).await?, "locked", print),
        Command::Unlock(who) => one(&open.perform(UnlockUser { whom: who.whom() }).await?, "unlocked", print),
        Command::Consents(who) => user_consents::list(open, who.whom(), print).await,
        Command::Withdraw { who, client_id } => user_consents::withdraw(open, who.whom(), client_id, print).await,
        Command::Delete(who) => {
            let id = open.perform(DeleteUser { whom: who.whom() }).await?;
            print.answer(&json!({ "user_id": id, "deleted": true }), || format!("User {id} was deleted."))
        }
    })
    .await
}

fn many(users: &[User], print: Print) -> Result<()> {
    let words = || {
        let row = |user: &User| {
            let email = user.email.to_string();
            [user.id.to_string(), email, user.name.clone(), state(user).to_owned(), yes(user.admin).to_owned()]
        };
        let rows: Vec<_> = users.iter().map(row).collect();
        table(["USER", "ADDRESS", "NAME", "STATE", "ADMIN"], &rows, "No users.")
    };
    print.answer(&users.iter().map(value).collect::<Vec<_>>(), words)
}

fn one(user: &User, what: &str, print: Print) -> Result<()> {
    let words = || {
        let head = if what.is_empty() { String::new() } else { format!("User {} was {what}.\n", user.email) };
        let rows = [
            ("user_id", user.id.to_string()),
            ("email", user.email.to_string()),
            ("name", user.name.clone()),
            ("state", state(user).to_owned()),
            ("admin", yes(user.admin).to_owned()),
            ("created", user.created_at.to_rfc3339()),
        ];
        head + &facts(&rows)
    };
    print.answer(&value(user), words)
}

/// The person in JSON. Claims stand apart, so that an imported one cannot pose as a field.
fn value(user: &User) -> Value {
    json!({
        "user_id": user.id,
        "email": user.email,
        "email_verified": user.email_verified_at.is_some(),
        "name": user.name,
        "admin": user.admin,
        "locked": user.is_locked(),
        "locked_at": user.locked_at,
        "claims": user.claims,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    })
}

fn state(user: &User) -> &'static str {
    if user.is_locked() {
        "locked"
    } else if user.email_verified_at.is_none() {
        "unverified"
    } else {
        "active"
    }
}

fn yes(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}
