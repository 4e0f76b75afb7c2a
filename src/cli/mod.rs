//! Ring 4, from a terminal: the same operations as everywhere else, for whoever may run commands on the machine.

mod client;
mod config;
mod ending;
mod issuer;
mod keys;
mod login;
mod master_key;
mod migrate;
mod open;
mod print;
mod resource;
mod secret_input;
mod serve;
mod session;
mod settings;
mod token;
mod user;
mod user_consents;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use self::{ending::Ending, print::Print};

/// An OAuth 2 / OpenID Connect identity provider.
#[derive(Debug, Parser)]
#[command(name = "signet", version, max_term_width = 100, after_help = ENDINGS)]
struct Cli {
    /// Answer in JSON, for programs; errors too, on the standard error output.
    #[arg(long, global = true)]
    json: bool,
    /// Read this file instead of signet.toml.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const ENDINGS: &str = "Exit status: 0 done, 1 refused, 2 the command or a setting is wrong, 3 something failed.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service.
    Serve,
    /// Move the database schema.
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// Look at the settings.
    #[command(subcommand)]
    Config(config::Command),
    /// Look after the signing keys.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Look after people.
    #[command(subcommand)]
    User(user::Command),
    /// Look at what came of sessions that ended.
    #[command(subcommand)]
    Session(session::Command),
    /// Look after the applications that sign their users in here.
    #[command(subcommand)]
    Client(client::Command),
    /// Look after the APIs that access tokens are for.
    #[command(subcommand)]
    Resource(resource::Command),
    /// Look after other issuers whose word counts here.
    #[command(subcommand)]
    Issuer(issuer::Command),
    /// Work with tokens, as a client does.
    #[command(subcommand)]
    Token(token::Command),
    /// Sign in to a client from this terminal and show the tokens.
    Login(Box<login::Login>),
}

/// Parses the command line, runs the command and says how it ended: 0 done, 1 refused, 2 wrong command or settings,
/// 3 failed.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let print = Print { json: cli.json };
    let ended = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(command(cli, print)),
        Err(error) => Err(Ending::failed("the runtime cannot be started", error)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(ending) => {
            print.trouble(&ending);
            ExitCode::from(ending.status())
        }
    }
}

async fn command(cli: Cli, print: Print) -> Result<(), Ending> {
    let file = cli.config.as_deref();
    match cli.command {
        Command::Config(command) => config::run(command, file, print),
        Command::Serve => serve::run(settings::read(file)?, print).await,
        Command::Migrate(command) => migrate::run(command, settings::read(file)?, print).await,
        Command::Keys(command) => keys::run(command, settings::read(file)?, print).await,
        Command::User(command) => user::run(command, settings::read(file)?, print).await,
        Command::Session(command) => session::run(command, settings::read(file)?, print).await,
        Command::Client(command) => client::run(command, settings::read(file)?, print).await,
        Command::Login(login) => login::run(*login, settings::read(file)?, print).await,
        Command::Issuer(command) => issuer::run(command, settings::read(file)?, print).await,
        Command::Token(command) => token::run(command, settings::read(file)?, print).await,
        Command::Resource(command) => resource::run(command, settings::read(file)?, print).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_anywhere() {
        for line in
            ["signet --json keys list", "signet keys --json list", "signet keys list --json --config other.toml"]
        {
            assert!(Cli::try_parse_from(line.split(' ')).unwrap().json, "{line}");
        }
    }

    /// A command as the documentation writes it.
    fn parses(line: &str) -> Result<(), String> {
        let words = line.split(' ').map(|word| word.replace('~', " "));
        Cli::try_parse_from(words).map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn an_id_may_begin_with_a_hyphen() {
        for line in ["signet client show -0Hne --json", "signet client show --json -0Hne"] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert!(cli.json, "{line}");
        }
        assert_eq!(parses("signet keys retire -k_1 --now"), Ok(()));
    }

    #[test]
    fn documented_commands_parse() {
        for line in [
            "signet serve",
            "signet migrate up",
            "signet migrate down --steps 2",
            "signet migrate status --json",
            "signet config check",
            "signet config show --json",
            "signet config reference",
            "signet keys list",
            "signet keys rotate --now",
            "signet keys rotate --algorithm ES256",
            "signet keys retire abc --now",
            "signet user create --email user@example.test --name Test~User --verified --admin --password-stdin --json",
            "signet user show user@example.test",
            "signet user lock usr_1",
            "signet user consents user@example.test --json",
            "signet user withdraw user@example.test --client-id -0Hne",
            "signet client create --name shop --redirect-uri http://127.0.0.1:9601/cb --post-logout-redirect-uri http://127.0.0.1:9601/ --public --application-type native --auth-method none --grant authorization_code --grant refresh_token --pkce required --scope openid~profile --first-party --json",
            "signet client create --name shop --client-id ID --client-secret SECRET --auth-method client_secret_post --grant client_credentials --pkce optional",
            "signet client rotate-secret shop --keep 1h",
            "signet client delete shop",
            "signet login --client-id shop --issuer http://localhost:8001 --scope openid~offline_access --no-browser --json",
            "signet client create --name tv --profile device --json",
            "signet client create --name tv --profile device --auth-method client_secret_basic --scope openid",
            "signet login --client-id tv --device --issuer https://id.example.com",
            "signet login --client-id -x --redirect-uri http://127.0.0.1:9601/cb --client-secret-stdin",
            "signet client create --name shop --auth-method private_key_jwt --jwks keys.json --redirect-uri https://a.test/ --response-type code~id_token --id-token-alg ES256 --access-token-format opaque --request-uri https://a.test/r --initiate-login-uri https://a.test/login",
            "signet client create --name shop --jwks-uri https://a.test/jwks --sector-identifier-uri https://a.test/s --subject-type pairwise --backchannel-logout-uri https://a.test/b --backchannel-session-required --frontchannel-logout-uri https://a.test/f",
            "signet client create --name shop --auth-method tls_client_auth --tls-client-auth-subject-dn CN=shop,O=Example,C=DE --certificate-bound",
            "signet client create --name shop --tls-client-auth-san-dns a.test --tls-client-auth-san-uri spiffe://a.test/s --tls-client-auth-san-ip ::1 --tls-client-auth-san-email o@a.test",
            "signet client create --import clients.json --json",
            "signet client registration-token create --uses 3 --ttl 1h --json",
            "signet client registration-token list",
            "signet client registration-token delete iat_018f0000000070008000000000000000",
            "signet session notices --state failed --limit 10 --json",
            "signet resource create --uri https://orders.example.test --scope orders:read --scope orders:write --access-token-format opaque --access-token-ttl 5m",
            "signet client create --name orders --may-act audience=https://stock.example,scope=stock:read,depth=2,mode=delegation --may-act mode=id-jag,audience=https://chat.example,client-id=orders --delegate stock",
            "signet client create --name agent --grant token-exchange --grant jwt-bearer --grant urn:ietf:params:oauth:grant-type:jwt-bearer",
            "signet issuer create --issuer https://idp.example --use jwt-bearer --use id-jag --jwks-uri https://idp.example/jwks --audience api --subject-mapping email --client agent --scope orders:read --max-lifetime 10m --json",
            "signet issuer list",
            "signet issuer show https://idp.example",
            "signet issuer link https://idp.example --subject u1 --user ada@example.test",
            "signet issuer unlink https://idp.example --subject u1",
            "signet issuer delete https://idp.example",
            "signet token exchange --client-id orders --client-secret-stdin --subject-token T --audience https://stock.example --scope stock:read --json",
            "signet token exchange --client-id orders --subject-token T --subject-token-type id_token --requested-token-type id-jag --actor-token A --resource https://a.test",
            "signet token introspect --client-id orders --token T",
            "signet token revoke --client-id orders --issuer https://id.example --token T",
            "signet token decode T",
            "signet resource update https://orders.example.test --name Orders --scope orders:read --authorization-details-type order=a.json --without-authorization-details-type b",
            "signet resource list",
            "signet resource show https://orders.example.test",
            "signet resource delete https://orders.example.test",
        ] {
            assert_eq!(parses(line), Ok(()), "{line}");
        }
        for line in [
            "signet",
            "signet keys rotate --algorithm HS256",
            "signet client create --name x --grant password",
            "signet client create --name x --auth-method tls",
            "signet client create --name x --import clients.json",
            "signet client create --name x --id-token-alg none",
            "signet client rotate-secret shop --keep soon",
            "signet user create --name x",
            "signet login",
            "signet login --client-id shop --issuer http://id.example.com/?a=b",
            "signet login --client-id tv --device --no-browser",
            "signet client create --name tv --profile toaster",
            "signet login --client-id shop --redirect-uri https://shop.example/cb",
            "signet client create --name x --may-act scope=orders:read",
            "signet issuer create --issuer https://idp.example --use everything",
            "signet issuer create --issuer https://idp.example --use jwt-bearer --subject-mapping guess",
            "signet token exchange --client-id orders",
            "signet token exchange --client-id orders --subject-token T --subject-token-type saml2",
            "signet resource create --scope x",
            "signet resource update",
            "signet resource create --uri https://a --authorization-details-type order",
            "signet resource create --uri https://a --access-token-format paper",
        ] {
            assert!(parses(line).is_err(), "{line}");
        }
    }
}
