//! A browser without JavaScript: it keeps cookies, follows links and redirects, fills forms by label and sends them with the
//! headers that Chromium sends. It stops where an application is reached, and obeys the pages' `form-action`.

mod cookies;
mod page;
mod walk;

use std::collections::BTreeMap;

use axum::http::Method;
use url::Url;

pub use cookies::Cookies;
pub use page::Page;

use super::{Person, Request, World, http::encoded};
use walk::{Initiator, Visit};

/// One browser, and what stands in its window.
#[derive(Clone)]
pub struct Browser {
    pub world: World,
    pub cookies: Cookies,
    person: Option<Person>,
    address: Option<String>,
    window: Window,
}

/// What a window shows.
#[derive(Clone)]
enum Window {
    Empty,
    Page(Box<Page>),
    Client(Arrival),
}

/// An answer that reached an application.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub method: Method,
    /// The address without what was added to it.
    pub url: Url,
    pub parameters: BTreeMap<String, String>,
    /// Whether they came in the fragment, which only scripts of the application see.
    pub fragment: bool,
}

impl Browser {
    pub(super) fn new(world: World) -> Self {
        Self { world, cookies: Cookies::default(), person: None, address: None, window: Window::Empty }
    }

    /// In this person's hands.
    #[must_use]
    pub fn of(mut self, person: &Person) -> Self {
        self.person = Some(person.clone());
        self
    }

    /// At another network address.
    #[must_use]
    pub fn from(mut self, address: &str) -> Self {
        self.address = Some(address.into());
        self
    }

    /// A second tab: the same cookies, another window. Cookies set later are not shared; see [`Browser::share`].
    #[must_use]
    pub fn tab(&self) -> Self {
        Self { window: Window::Empty, ..self.clone() }
    }

    /// Takes over the cookies of another tab.
    pub fn share(&mut self, other: &Self) -> &mut Self {
        self.cookies = other.cookies.clone();
        self
    }

    /// Types an address of the service.
    pub async fn open(&mut self, address: &str) -> &mut Self {
        self.walk(Visit::get(address, Initiator::Typed)).await
    }

    /// Comes from an application by a link or redirect.
    pub async fn arrive(&mut self, address: &str) -> &mut Self {
        self.walk(Visit::get(address, Initiator::Client)).await
    }

    /// Comes from an application with an authorization request.
    pub async fn authorize(&mut self, request: impl Into<Request>) -> &mut Self {
        let path = request.into().path();
        self.arrive(&path).await
    }

    /// Comes from an application that posts a form here.
    pub async fn arrive_by_post(&mut self, address: &str, pairs: &[(String, String)]) -> &mut Self {
        self.walk(Visit::post(address, encoded(pairs), Initiator::Client)).await
    }

    /// Fills a field, by its label, name or id.
    #[track_caller]
    pub fn fill(&mut self, name: &str, value: &str) -> &mut Self {
        let page = self.page_mut();
        let field = page.forms.iter_mut().flat_map(|form| &mut form.fields).find(|field| field.is(name));
        let Some(field) = field else { panic!("no field {name:?} on {}: {}", page.address, page.text) };
        value.clone_into(&mut field.value);
        self
    }

    /// Presses a button, by its words or id.
    pub async fn press(&mut self, name: &str) -> &mut Self {
        let page = self.page();
        let found = page.forms.iter().find_map(|form| Some((form, form.buttons.iter().find(|each| each.is(name))?)));
        let Some((form, button)) = found else { panic!("no button {name:?} on {}: {}", page.address, page.text) };
        let mut pairs: Vec<_> = form.fields.iter().map(|field| (field.name.clone(), field.value.clone())).collect();
        pairs.extend(button.pair.clone());
        assert_eq!(form.method, "post", "a form that changes something");
        let action = button.action.as_ref().unwrap_or(&form.action);
        let visit = Visit::post(action, encoded(&pairs), Initiator::Page).within(page.form_targets());
        self.walk(visit).await
    }

    /// Follows a link, by its words.
    pub async fn follow(&mut self, name: &str) -> &mut Self {
        let page = self.page();
        let Some((_, address)) = page.links.iter().find(|(words, _)| words == name) else {
            panic!("no link {name:?} on {}: {}", page.address, page.text)
        };
        let address = address.clone();
        self.walk(Visit::get(&address, Initiator::Page)).await
    }

    /// Signs in on the login page.
    pub async fn sign_in(&mut self) -> &mut Self {
        let person = self.person.clone().expect("nobody sits at this browser");
        assert_eq!(self.page().path, "/login", "{}", self.page().text);
        self.fill("E-mail address", &person.email).fill("Password", &person.password).press("Sign in").await
    }

    /// Allows on the consent page.
    pub async fn consent(&mut self) -> &mut Self {
        assert_eq!(self.page().path, "/consent", "{}", self.page().text);
        self.press("consent-allow").await
    }

    /// Allows where the consent page is shown.
    pub async fn consent_if_asked(&mut self) -> &mut Self {
        match &self.window {
            Window::Page(page) if page.path == "/consent" => self.consent().await,
            _ => self,
        }
    }

    /// The page in the window.
    #[track_caller]
    pub fn page(&self) -> &Page {
        match &self.window {
            Window::Page(page) => page,
            Window::Client(arrival) => panic!("the browser is at an application: {arrival:?}"),
            Window::Empty => panic!("nothing was opened"),
        }
    }

    #[track_caller]
    fn page_mut(&mut self) -> &mut Page {
        match &mut self.window {
            Window::Page(page) => page,
            _ => panic!("no page is open"),
        }
    }

    /// Asserts where the browser is.
    #[track_caller]
    pub fn is_at(&self, path: &str) -> &Page {
        let page = self.page();
        assert_eq!(page.path, path, "{}: {}", page.title, page.text);
        page
    }

    /// Whether an application was reached.
    pub fn is_at_client(&self) -> bool {
        matches!(self.window, Window::Client(_))
    }

    /// The answer that reached the application.
    #[track_caller]
    pub fn arrival(&self) -> &Arrival {
        match &self.window {
            Window::Client(arrival) => arrival,
            Window::Page(page) => panic!("still at {} ({}): {}", page.address, page.status(), page.text),
            Window::Empty => panic!("nothing was opened"),
        }
    }

    /// The code that reached the application.
    #[track_caller]
    pub fn code(&self) -> String {
        let parameters = &self.arrival().parameters;
        parameters.get("code").unwrap_or_else(|| panic!("no code but {parameters:?}")).clone()
    }

    /// The error that reached the application.
    #[track_caller]
    pub fn error(&self) -> &str {
        let parameters = &self.arrival().parameters;
        assert!(!parameters.contains_key("code"));
        parameters.get("error").unwrap_or_else(|| panic!("no error but {parameters:?}"))
    }
}
