//! The headers that keep browsers on our side, by surface. An endpoint that has set one itself keeps its own.

use axum::http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, PRAGMA, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS,
    },
};

use crate::web::{Caching, Surface};

const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// What one page needs beyond the rules of all pages. A page puts it into its answer's extensions.
#[derive(Debug, Clone, Default)]
pub struct PageRules {
    /// Origins (`https://shop.example`) or schemes (`com.example.app:`) where the page's form may lead. Browsers hold
    /// the redirects that follow a form to `form-action` as well, so the page that ends a flow must name the client's.
    pub form_targets: Vec<String>,
    /// Addresses that the page loads in frames: clients hear of a sign-out through them.
    pub frames: Vec<String>,
    /// The nonce of the page's one inline script.
    pub nonce: Option<String>,
    /// Whether the window that opened the page stays in touch with it ([`super::Noted::keep_opener`]).
    pub opener_kept: bool,
}

/// Sets the headers of an answer.
pub fn dress(
    surface: Surface,
    caching: Caching,
    https: bool,
    status: StatusCode,
    page: &PageRules,
    to: &mut HeaderMap,
) {
    let mut set = |name: HeaderName, value: &'static str| {
        to.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    if https {
        // ASVS 3.4.1: a year, with subdomains.
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    match surface {
        Surface::Page => {
            // Not no-referrer: with it browsers send `Origin: null` with our own forms (Fetch §3.2).
            set(REFERRER_POLICY, "same-origin");
            // ASVS 3.4.8. Applications open a sign-in as a popup and read its answer through `window.opener`, which a strict answer
            // on the way would sever. `same-origin-allow-popups` would not do: it keeps the windows that *we* open. The opener
            // gains no more than its own popup: it cannot read the page, and the page listens to no messages and is not framed.
            set(COOP, if page.opener_kept { "unsafe-none" } else { "same-origin" });
            set(CORP, "same-origin");
            set(PERMISSIONS, "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
            if let Ok(policy) = HeaderValue::from_str(&content_policy(page)) {
                to.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
            }
        }
        Surface::OAuth | Surface::Api | Surface::System => {
            set(REFERRER_POLICY, "no-referrer");
            set(CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
        }
    }
    let caching = if status.is_success() || status == StatusCode::NOT_MODIFIED { caching } else { Caching::NoStore };
    match caching {
        Caching::NoStore => {
            to.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
            if surface == Surface::OAuth {
                to.entry(PRAGMA).or_insert(HeaderValue::from_static("no-cache")); // RFC 6749 §5.1
            }
        }
        Caching::Immutable => {
            to.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("public, max-age=31536000, immutable"));
        }
        Caching::Public(seconds) => {
            if let Ok(value) = HeaderValue::from_str(&format!("public, max-age={seconds}")) {
                to.entry(CACHE_CONTROL).or_insert(value);
            }
        }
    }
}

/// The content security policy of a page: nothing but our own style sheet, script and pictures, and never in a frame.
fn content_policy(page: &PageRules) -> String {
    let nonce = page.nonce.as_ref().map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    let mut targets = String::new();
    for target in page.form_targets.iter().filter(|target| is_source(target)) {
        targets.push(' ');
        targets.push_str(target);
    }
    let mut frames = String::new();
    for source in page.frames.iter().filter_map(|address| frame_source(address)) {
        frames.push_str(if frames.is_empty() { "; frame-src " } else { " " });
        frames.push_str(&source);
    }
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'{nonce}; img-src 'self' data: https:; \
         form-action 'self'{targets}; frame-ancestors 'none'; base-uri 'none'; object-src 'none'{frames}"
    )
}

/// The origin of an address that is loaded in a frame. Not the whole address: a policy that names a path holds redirects to it.
fn frame_source(address: &str) -> Option<String> {
    let origin = url::Url::parse(address).ok()?.origin();
    Some(origin.ascii_serialization()).filter(|source| origin.is_tuple() && is_source(source))
}

/// Whether a text is one source of a policy, and cannot end a directive or begin another.
fn is_source(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b';' | b',' | b'\'' | b'"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dressed(surface: Surface, caching: Caching, https: bool, status: StatusCode) -> HeaderMap {
        let mut headers = HeaderMap::new();
        dress(surface, caching, https, status, &PageRules::default(), &mut headers);
        headers
    }

    #[test]
    fn pages_are_not_framed_not_kept_and_run_nothing_inline() {
        let headers = dressed(Surface::Page, Caching::NoStore, true, StatusCode::OK);
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"));
        assert!(!policy.contains("unsafe") && !policy.contains("nonce"));
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        assert_eq!(headers[REFERRER_POLICY], "same-origin");
        assert_eq!(headers[COOP], "same-origin");
        assert!(headers.contains_key(STRICT_TRANSPORT_SECURITY));
        assert!(
            !dressed(Surface::Page, Caching::NoStore, false, StatusCode::OK).contains_key(STRICT_TRANSPORT_SECURITY)
        );
    }

    #[test]
    fn a_form_may_lead_to_the_clients_origin_but_not_change_the_policy() {
        let page = PageRules {
            form_targets: vec!["https://shop.test:8443".into(), "evil.test; script-src *".into(), "app.test:".into()],
            nonce: Some("abc".into()),
            ..PageRules::default()
        };
        let policy = content_policy(&page);
        assert!(policy.contains("form-action 'self' https://shop.test:8443 app.test:; "), "{policy}");
        assert!(policy.contains("script-src 'self' 'nonce-abc'; ") && !policy.contains("script-src *"));
    }

    #[test]
    fn a_popup_keeps_its_opener_only_where_it_is_asked_for() {
        let coop = |page: &PageRules| {
            let mut headers = HeaderMap::new();
            dress(Surface::Page, Caching::NoStore, true, StatusCode::SEE_OTHER, page, &mut headers);
            headers.remove(COOP).unwrap()
        };
        assert_eq!(coop(&PageRules::default()), "same-origin");
        assert_eq!(coop(&PageRules { opener_kept: true, ..PageRules::default() }), "unsafe-none");
    }

    #[test]
    fn only_the_named_origins_are_framed() {
        assert!(!content_policy(&PageRules::default()).contains("frame-src"));
        let frames = ["https://a.test/out?x=1;y", "https://b.test:8443/", "data:text/html,x", "x; script-src *"];
        let page = PageRules { frames: frames.map(Into::into).to_vec(), ..PageRules::default() };
        let policy = content_policy(&page);
        assert!(policy.ends_with("; frame-src https://a.test https://b.test:8443"), "{policy}");
    }

    #[test]
    fn refusals_are_never_kept() {
        assert_eq!(
            dressed(Surface::OAuth, Caching::Public(300), true, StatusCode::OK)[CACHE_CONTROL],
            "public, max-age=300"
        );
        let refused = dressed(Surface::OAuth, Caching::Public(300), true, StatusCode::BAD_REQUEST);
        assert_eq!(
            (&refused[CACHE_CONTROL], &refused[PRAGMA]),
            (&HeaderValue::from_static("no-store"), &HeaderValue::from_static("no-cache"))
        );
        assert_eq!(dressed(Surface::Page, Caching::Immutable, true, StatusCode::NOT_FOUND)[CACHE_CONTROL], "no-store");
    }

    #[test]
    fn an_endpoints_own_headers_stay() {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
        dress(Surface::Page, Caching::NoStore, true, StatusCode::OK, &PageRules::default(), &mut headers);
        assert_eq!(headers[CACHE_CONTROL], "private");
    }
}
