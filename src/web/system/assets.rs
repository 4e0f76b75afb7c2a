//! The style sheet, the script and the icon: built in, under names that change with their content.

use std::sync::Arc;

use axum::{
    Extension,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{
    config::Accent,
    kernel::{Code, Result, secret::Digest},
    web::{Caching, Endpoint, extract::PathName, layers::Arrival},
};

/// `/static/{name}`.
pub const STATIC: Endpoint = Endpoint {
    surface: crate::web::Surface::Page,
    ..Endpoint::system("/static/{name}", Caching::Immutable, || get(fetch))
};

/// `/favicon.ico`: what browsers ask for where no page has named an icon.
pub const FAVICON: Endpoint = Endpoint {
    surface: crate::web::Surface::Page,
    ..Endpoint::system("/favicon.ico", Caching::Public(86_400), || get(icon))
};

const BUILT_IN: &[(&str, &str, &str)] = &[
    ("signet.css", "text/css; charset=utf-8", include_str!("../../../static/signet.css")),
    ("signet.js", "text/javascript; charset=utf-8", include_str!("../../../static/signet.js")),
    ("check_session.js", "text/javascript; charset=utf-8", include_str!("../../../static/check_session.js")),
    ("favicon.svg", "image/svg+xml", include_str!("../../../static/favicon.svg")),
];

/// The tenant's color. It is named by the pages without a hash, so it is not kept for long.
const ACCENT: &str = "accent.css";

/// What is served below `/static/`.
#[derive(Debug)]
pub struct Assets(Vec<Asset>);

#[derive(Debug)]
struct Asset {
    plain_name: &'static str,
    name: String,
    media: &'static str,
    content: Arc<str>,
    etag: String,
}

impl Assets {
    /// The built-in files, and the style sheet of the accent color where one is set.
    pub fn new(accent: Option<&Accent>) -> Self {
        let mut assets: Vec<_> =
            BUILT_IN.iter().map(|(name, media, content)| Asset::hashed(name, media, content)).collect();
        assets.extend(accent.map(|accent| {
            let content = accent_css(accent.as_str());
            Asset { name: ACCENT.into(), ..Asset::hashed(ACCENT, "text/css; charset=utf-8", &content) }
        }));
        Self(assets)
    }

    /// The address of a built-in file, with its hash.
    pub fn address(&self, plain_name: &str) -> String {
        let name = self.0.iter().find(|asset| asset.plain_name == plain_name).map_or(plain_name, |asset| &asset.name);
        format!("/static/{name}")
    }
}

impl Asset {
    fn hashed(plain_name: &'static str, media: &'static str, content: &str) -> Self {
        let hex = Digest::of(content.as_bytes()).hex();
        let hash = hex.get(..12).unwrap_or_default();
        let name = match plain_name.rsplit_once('.') {
            Some((stem, extension)) => format!("{stem}.{hash}.{extension}"),
            None => format!("{plain_name}.{hash}"),
        };
        Self { plain_name, name, media, content: content.into(), etag: format!("\"{hash}\"") }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let tag = HeaderValue::from_str(&self.etag).ok();
        let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let mut response = if known.is_some_and(|known| matches(known, &self.etag)) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, self.media)], self.content.to_string()).into_response()
        };
        if let Some(tag) = tag {
            response.headers_mut().insert(header::ETAG, tag);
        }
        if self.name == ACCENT {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
        }
        response
    }
}

/// Whether an `If-None-Match` names the tag (RFC 9110 §13.1.2: weak comparison, any of a list, or `*`).
pub fn matches(if_none_match: &str, etag: &str) -> bool {
    if_none_match.split(',').map(str::trim).any(|each| each == "*" || each.trim_start_matches("W/") == etag)
}

async fn fetch(
    Extension(arrival): Extension<Arrival>,
    PathName(name): PathName,
    headers: HeaderMap,
) -> Result<Response> {
    let assets = &arrival.face.assets.0;
    let asset = assets.iter().find(|asset| asset.name == name).ok_or(Code::NotFound)?;
    Ok(asset.answer(&headers))
}

async fn icon(Extension(arrival): Extension<Arrival>, headers: HeaderMap) -> Result<Response> {
    let assets = &arrival.face.assets.0;
    let asset = assets.iter().find(|asset| asset.plain_name == "favicon.svg").ok_or(Code::NotFound)?;
    Ok(asset.answer(&headers))
}

/// The four accent tokens of the style sheet, from one color. Its hue is kept; its lightness is held where text stays
/// readable: at most 0.5 under white text, 0.8 under dark text. Browsers that cannot compute it keep the built-in
/// color.
fn accent_css(color: &str) -> String {
    format!(
        "@supports (color:oklch(from red l c h)){{\
         :root{{--accent:oklch(from {color} min(l,.5) c h);--accent-strong:oklch(from {color} min(l,.42) c h);\
         --accent-wash:oklch(from {color} .955 min(c,.025) h);--on-accent:oklch(.995 .003 0)}}\
         @media (prefers-color-scheme:dark){{:root{{--accent:oklch(from {color} .8 min(c,.12) h);\
         --accent-strong:oklch(from {color} .86 min(c,.1) h);--accent-wash:oklch(from {color} .29 min(c,.04) h);\
         --on-accent:oklch(.2 .03 205)}}}}}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_with_the_content() {
        let one = Asset::hashed("a.css", "text/css", "one");
        assert_ne!(one.name, Asset::hashed("a.css", "text/css", "two").name);
        assert!(one.name.starts_with("a.") && one.name.ends_with(".css"));
        let assets = Assets::new(None);
        assert!(assets.address("signet.css").starts_with("/static/signet."));
        assert!(assets.0.iter().all(|asset| asset.name != ACCENT));
    }

    #[test]
    fn what_a_browser_has_is_not_sent_again() {
        let asset = Asset::hashed("a.css", "text/css", "one");
        let answer =
            |tag: &str| asset.answer(&HeaderMap::from_iter([(header::IF_NONE_MATCH, tag.parse().unwrap())])).status();
        assert_eq!(answer(&asset.etag), StatusCode::NOT_MODIFIED);
        assert_eq!(answer(&format!("\"x\", W/{}", asset.etag)), StatusCode::NOT_MODIFIED);
        assert_eq!(answer("\"x\""), StatusCode::OK);
        assert!(matches("*", "\"y\""));
    }

    #[test]
    fn braces_of_the_accent_are_balanced() {
        let css = accent_css("#1d4ed8");
        assert_eq!(css.matches('{').count(), css.matches('}').count());
        assert!(css.contains("oklch(from #1d4ed8 min(l,.5) c h)"));
    }
}
