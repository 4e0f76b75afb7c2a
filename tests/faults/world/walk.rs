//! The way of a browser from an authorization request to a code.

use scraper::{Html, Selector};
use url::Url;

use super::{Answer, Ask, PASSWORD};

/// Keeps cookies, and follows redirects to the service itself.
struct Browser {
    port: u16,
    cookies: Vec<(String, String)>,
}

impl Browser {
    async fn ask(&mut self, ask: Ask) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = ask.header("Cookie", &cookies.join("; ")).at(self.port).await.unwrap();
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(found, _)| found != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        answer
    }

    /// Sends the form of a page, and follows.
    async fn send(&mut self, page: &Answer, action: &str, typed: &[(&str, &str)]) -> Answer {
        let mut fields = hidden_fields(&page.text(), action);
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let origin = format!("http://localhost:{}", self.port);
        let sent = self.ask(Ask::post_form(action, &fields).header("Origin", &origin)).await;
        self.follow(sent).await
    }

    /// Follows redirects within the service; the answer that leads out of it, or is a page.
    async fn follow(&mut self, mut answer: Answer) -> Answer {
        while answer.status == 303 || answer.status == 302 {
            let to = answer.header("location").to_owned();
            let ours = format!("http://localhost:{}", self.port);
            let path = to.strip_prefix(&ours).unwrap_or(&to).to_owned();
            if !path.starts_with('/') {
                return answer;
            }
            answer = self.ask(Ask::get(&path)).await;
        }
        answer
    }
}

/// The code that a client gets. The node has to be the one that the issuer names.
pub async fn code(port: u16, client_id: &str, redirect_uri: &str, email: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([("response_type", "code"), ("client_id", client_id), ("scope", "openid")]);
    query.append_pair("redirect_uri", redirect_uri);
    let to = sign_in(port, &format!("/oauth2/authorize?{}", query.finish()), email, "allow").await;
    assert!(to.as_str().starts_with(redirect_uri), "{to}");
    to.query_pairs().find(|(name, _)| name == "code").unwrap_or_else(|| panic!("no code: {to}")).1.into_owned()
}

/// Opens an authorization request, signs a person in, and decides (`allow` or `deny`) if there is something to decide; where the
/// browser is sent with the answer.
pub async fn sign_in(port: u16, request: &str, email: &str, decision: &str) -> Url {
    let mut browser = Browser { port, cookies: Vec::new() };
    let asked = browser.ask(Ask::get(request)).await;
    let page = browser.follow(asked).await;
    let mut answer = browser.send(&page, "/login", &[("username", email), ("password", PASSWORD)]).await;
    if answer.status == 200 {
        answer = browser.send(&answer, "/consent", &[("decision", decision)]).await;
    }
    Url::parse(answer.header("location")).unwrap_or_else(|_| panic!("{} {}", answer.status, answer.text()))
}

/// Enters the code of a device, signs a person in, and decides (`allow` or `deny`).
#[allow(dead_code)] // tests/http/signet_login.rs waits for it
pub async fn sign_in_device(port: u16, user_code: &str, email: &str, decision: &str) {
    let mut browser = Browser { port, cookies: Vec::new() };
    let page = browser.ask(Ask::get("/device")).await;
    let page = browser.send(&page, "/device", &[("user_code", user_code)]).await;
    let page = browser.send(&page, "/login", &[("username", email), ("password", PASSWORD)]).await;
    let answer = browser.send(&page, "/device/confirm", &[("decision", decision)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn hidden_fields(page: &str, action: &str) -> Vec<(String, String)> {
    let document = Html::parse_document(page);
    let selector = Selector::parse(&format!("form[action='{action}'] input[type=hidden]")).unwrap();
    let of = |input: scraper::ElementRef<'_>, name: &str| input.attr(name).unwrap_or_default().to_owned();
    let fields: Vec<_> = document.select(&selector).map(|input| (of(input, "name"), of(input, "value"))).collect();
    assert!(!fields.is_empty(), "no form to {action}: {page}");
    fields
}
