//! A person with a browser without scripts: follows redirects, keeps cookies, and presses buttons of forms.

use std::{collections::BTreeMap, error::Error, process};

use openidconnect::{http::Request, url::Url};
use ureq::Agent;

use crate::{http, signet};

pub struct Person {
    agent: Agent,
    origin: String,
    cookies: BTreeMap<String, String>,
    email: String,
    password: String,
    /// Who they are to applications that know people by one name.
    pub subject: String,
}

impl Person {
    /// Somebody whose account the operator made.
    pub fn known(agent: &Agent, issuer: &Url) -> Result<Self, Box<dyn Error>> {
        let email = format!("carol-{}@example.test", process::id());
        let password = "several words that nobody guesses";
        let options = ["user", "create", "--email", &email, "--name", "Carol", "--verified", "--password-stdin"];
        let made = signet::run(&options, password)?;
        let subject = made["user_id"].as_str().ok_or("no user_id")?.to_owned();
        let origin = issuer.origin().ascii_serialization();
        let cookies = BTreeMap::new();
        Ok(Self { agent: agent.clone(), origin, cookies, email, password: password.to_owned(), subject })
    }

    /// Goes to an address, signs in and allows where a page asks for it, and answers where it ends at the application.
    pub fn visit(&mut self, url: &Url) -> Result<Url, Box<dyn Error>> {
        let mut next = (url.clone(), None);
        for _ in 0..20 {
            let (url, form) = next;
            if url.origin().ascii_serialization() != self.origin {
                return Ok(url);
            }
            let (status, location, page) = self.ask(&url, form)?;
            next = match location {
                Some(location) => (url.join(&location)?, None),
                None if page.contains("id=\"login-submit\"") => {
                    let typed = [("username", &*self.email), ("password", &*self.password)];
                    self.form(&url, &page, "login-submit", &typed)?
                }
                None if page.contains("id=\"consent-allow\"") => self.form(&url, &page, "consent-allow", &[])?,
                None => return Err(format!("{url} answered {status}: {page}").into()),
            };
        }
        Err("too many redirects".into())
    }

    fn ask(&mut self, url: &Url, form: Option<String>) -> Result<(u16, Option<String>, String), Box<dyn Error>> {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let request =
            Request::builder().uri(url.as_str()).header("accept", "text/html").header("cookie", cookies.join("; "));
        let request = match form {
            None => request.method("GET").body(Vec::new())?,
            Some(form) => request
                .method("POST")
                .header("content-type", "application/x-www-form-urlencoded")
                // What every current browser says about a form of the same site.
                .header("origin", &self.origin)
                .header("sec-fetch-site", "same-origin")
                .body(form.into_bytes())?,
        };
        let answer = http::send(&self.agent, request)?;
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').ok_or("a cookie without a value")?;
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get("location").map(|value| value.to_str().map(str::to_owned)).transpose()?;
        Ok((answer.status().as_u16(), location, String::from_utf8(answer.into_body())?))
    }

    /// The form around a button as it is sent: where to, and with what.
    fn form(
        &self,
        page: &Url,
        html: &str,
        button: &str,
        typed: &[(&str, &str)],
    ) -> Result<(Url, Option<String>), Box<dyn Error>> {
        let at = html.find(&format!("id=\"{button}\"")).ok_or("no button")?;
        let begin = html[..at].rfind("<form").ok_or("no form")?;
        let end = html[at..].find("</form>").ok_or("no end of the form")? + at;
        let form = &html[begin..end];
        let mut fields: BTreeMap<&str, String> = BTreeMap::new();
        let button = &html[html[..at].rfind('<').unwrap_or(at)..];
        for tag in form.split("<input").skip(1).chain([button]) {
            let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
            if let Some(name) = attribute(tag, "name") {
                fields.insert(name, attribute(tag, "value").unwrap_or_default().replace("&amp;", "&"));
            }
        }
        fields.extend(typed.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let mut sent = Url::parse("http://form.test/")?;
        sent.query_pairs_mut().extend_pairs(fields);
        let action = page.join(&attribute(form, "action").unwrap_or_default().replace("&amp;", "&"))?;
        Ok((action, sent.query().map(str::to_owned)))
    }
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let after = tag.split_once(&format!(" {name}=\""))?.1;
    Some(after.split_once('"')?.0)
}
