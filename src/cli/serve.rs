//! `signet serve`: the service from its start to its last answer.

use std::{io::IsTerminal, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use super::{
    Ending, Print, master_key,
    open::{make_data_directory, ready_schema},
    print::facts,
};
use crate::{
    app::App,
    config::Config,
    domain::{mail::Post, resources, signing, tenants},
    jobs::{self, Clockwork},
    kernel::{Clock, Fault, Tenant},
    ports::telemetry::{self, Output},
    web::{
        self,
        server::{Door, Tls},
    },
};

/// The first wait for a database that is away; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

pub(super) async fn run(config: Config, print: Print) -> Result<(), Ending> {
    telemetry::start(&config.log, config.log_format(), Output::Stdout)?;
    make_data_directory(&config)?;
    let master = master_key::of(&config)?;
    let listen = config.listen;
    let listener =
        TcpListener::bind(listen).await.map_err(|error| Ending::failed(format!("cannot listen on {listen}"), error))?;
    let mut door = Door::new(listener, tls(&config)?);
    if let Some(listen) = config.mtls.listen {
        let asking = TcpListener::bind(listen).await;
        let asking = asking.map_err(|error| Ending::failed(format!("cannot listen on {listen}"), error))?;
        door = door.asking_at(asking).map_err(|error| Ending::Usage(format!("mtls.listen: {error}")))?;
    }
    let grace = config.server.shutdown_grace.std();
    let post = Post::open(&config)?.map(Arc::new);
    let app = Arc::new(App::open(config, Clock::System, master).await?);

    let (stop, stopping) = watch::channel(false);
    on_signal(stop.clone())?;
    // Requests are answered from here on: liveness at once, everything else as soon as it can be.
    let served = tokio::spawn(web::server::serve(app.clone(), door, told(stopping.clone())));
    let prepared = tokio::select! {
        prepared = prepare(&app) => prepared.map(Some),
        () = told(stopping.clone()) => Ok(None),
    };
    let ended = match prepared {
        Ok(Some(tenant)) => {
            let jobs = jobs::start(Clockwork { app: app.clone(), post }, &stopping);
            tracing::info!(issuer = tenant.issuer, %listen, database = app.db.kind(), "serving");
            if std::io::stderr().is_terminal() || !app.config.is_production() {
                print.remark(&banner(&app.config, &tenant));
            }
            told(stopping).await;
            tracing::info!("stopping: open requests are answered, new ones are not taken");
            let (served, ()) = tokio::join!(served, jobs.ended(grace));
            served
        }
        Ok(None) => served.await,
        Err(ending) => {
            let _ = stop.send(true); // whoever listens is told; the server does
            let _ = served.await; // how the server ended does not matter beside why it could not begin
            return Err(ending);
        }
    };
    app.db.close().await;
    ended.map_err(|error| Ending::failed("the server ended early", error))
}

/// TLS, if it is Signet's own business.
fn tls(config: &Config) -> Result<Option<Tls>, Ending> {
    let (Some(chain), Some(key)) = (&config.tls_cert_file, &config.tls_key_file) else { return Ok(None) };
    let tls = Tls::open(chain, key).map_err(|error| Ending::Usage(format!("tls_cert_file, tls_key_file: {error}")))?;
    Ok(Some(tls))
}

/// Ready when it is time to stop.
async fn told(mut stopping: watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await; // a sender that is gone is a reason to stop, too
}

/// SIGTERM and SIGINT begin the end; a second one is obeyed without grace.
fn on_signal(stop: watch::Sender<bool>) -> Result<(), Ending> {
    let listen = |kind| signal(kind).map_err(|error| Ending::failed("signals cannot be heard", error));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    tokio::spawn(async move {
        for again in [false, true] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if again {
                std::process::exit(130);
            }
            let _ = stop.send(true); // nobody listens any more: the process is ending
        }
    });
    Ok(())
}

/// Everything that has to be in memory before requests can be answered. Waits for a database or Redis that is away.
async fn prepare(app: &Arc<App>) -> Result<Arc<Tenant>, Ending> {
    let (mut wait, mut said) = (FIRST_WAIT, String::new());
    loop {
        match attempt(app).await {
            Err(Ending::Fault(fault @ Fault::Unavailable { .. })) => {
                let words = fault.chain();
                if words != said {
                    tracing::warn!(error = words, "waiting");
                    said = words;
                }
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            ended => return ended,
        }
    }
}

async fn attempt(app: &Arc<App>) -> Result<Arc<Tenant>, Ending> {
    ready_schema(app).await?;
    tenants::ensure_default(app).await?;
    tenants::load(app).await?;
    resources::load(app).await?;
    for tenant in app.all_tenants() {
        signing::ensure(app, &tenant).await?;
    }
    Ok(app.tenant("")?)
}

/// What a person who started it wants to open.
fn banner(config: &Config, tenant: &Tenant) -> String {
    let mut places = vec![
        ("issuer", tenant.issuer.clone()),
        ("discovery", tenant.url("/.well-known/openid-configuration")),
        ("register", tenant.url("/register")),
    ];
    if !config.is_production() && config.smtp_url.is_none() {
        places.push(("mailbox", tenant.url("/dev/mailbox")));
    }
    format!("\nSignet {} is ready.\n\n{}", env!("CARGO_PKG_VERSION"), facts(&places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Mode, Setting, SmtpUrl},
        kernel::id::TenantId,
    };

    #[test]
    fn the_banner_names_the_mailbox_only_where_there_is_one() {
        let tenant = Tenant {
            id: TenantId::fresh(),
            slug: "default".into(),
            path: String::new(),
            issuer: "http://localhost:8001".into(),
            name: "Signet".into(),
        };
        let development = Config::default();
        let shown = banner(&development, &tenant);
        assert!(shown.contains("http://localhost:8001/.well-known/openid-configuration"));
        assert!(shown.contains("http://localhost:8001/register") && shown.contains("/dev/mailbox"));
        let sends = Config { smtp_url: Some(SmtpUrl::parse("smtp://mail.example.test").unwrap()), ..Config::default() };
        assert!(!banner(&sends, &tenant).contains("/dev/mailbox"));
        let production = Config { mode: Mode::Production, ..Config::default() };
        assert!(!banner(&production, &tenant).contains("/dev/mailbox"));
    }
}
