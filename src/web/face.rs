//! What the web face keeps besides the service: templates, assets, counters, and what every page says about the house.

use std::{sync::Arc, time::Instant};

use serde::Serialize;

use super::{
    layers::Tallies,
    system::{Assets, HealthProbe},
};
use crate::{app::App, config::Config, ports::templates::Templates};

/// The web face of one running service.
#[derive(Debug)]
pub struct Face {
    /// The service.
    pub app: Arc<App>,
    /// Templates of pages.
    pub templates: Templates,
    /// Style sheet, script and icon.
    pub assets: Assets,
    /// Requests by route.
    pub tallies: Tallies,
    /// The last answer of `/health`.
    pub health: HealthProbe,
    /// When this process began to serve.
    pub started: Instant,
    /// What every page says about the house.
    pub site: Site,
}

/// What every page says about the house: `site` in the templates.
#[derive(Debug, Clone, Serialize)]
pub struct Site {
    /// The product's name.
    pub product: String,
    /// The host that people see in the address bar.
    pub issuer_host: String,
    /// The privacy policy.
    pub privacy_url: Option<String>,
    /// The terms of use.
    pub terms_url: Option<String>,
    /// Where people find help.
    pub support_url: Option<String>,
    /// Whether `/static/accent.css` is served.
    pub accent_css: bool,
    /// Address of the style sheet, with its hash.
    pub stylesheet: String,
    /// Address of the script, with its hash.
    pub script: String,
    /// Address of the icon, with its hash.
    pub favicon: String,
}

impl Face {
    /// The face of `app`.
    pub fn new(app: Arc<App>) -> Self {
        let config = &app.config;
        let assets = Assets::new(config.branding.accent.as_ref());
        Self {
            templates: Templates::new(config.branding.templates_dir.as_deref(), !config.is_production()),
            site: Site::of(config, &assets),
            assets,
            tallies: Tallies::default(),
            health: HealthProbe::default(),
            started: Instant::now(),
            app,
        }
    }
}

impl Site {
    fn of(config: &Config, assets: &Assets) -> Self {
        let link = |link: &Option<crate::config::Link>| link.as_ref().map(|link| link.as_str().to_owned());
        Self {
            product: config.branding.product_name.clone(),
            issuer_host: config.issuer.host().to_owned(),
            privacy_url: link(&config.branding.privacy_url),
            terms_url: link(&config.branding.terms_url),
            support_url: link(&config.branding.support_url),
            accent_css: config.branding.accent.is_some(),
            stylesheet: assets.address("signet.css"),
            script: assets.address("signet.js"),
            favicon: assets.address("favicon.svg"),
        }
    }
}
