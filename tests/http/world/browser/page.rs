//! A page as a browser without JavaScript has it: text, links and forms.

use std::collections::HashSet;

use scraper::{ElementRef, Html, Selector};

use crate::world::Answer;

/// What stands in the window.
#[derive(Debug, Clone)]
pub struct Page {
    /// Path and query, as in the address bar.
    pub address: String,
    /// The path alone.
    pub path: String,
    pub answer: Answer,
    pub title: String,
    pub heading: String,
    /// Everything that can be read, with single spaces.
    pub text: String,
    pub forms: Vec<Form>,
    /// Words and address of every link.
    pub links: Vec<(String, String)>,
}

/// One form, as it would be sent.
#[derive(Debug, Clone)]
pub struct Form {
    pub method: String,
    pub action: String,
    pub fields: Vec<Field>,
    pub buttons: Vec<Button>,
}

/// One field of a form.
#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub id: String,
    pub label: String,
    pub kind: String,
    pub value: String,
    pub autocomplete: String,
}

/// One button that sends a form.
#[derive(Debug, Clone)]
pub struct Button {
    pub words: String,
    pub id: String,
    pub pair: Option<(String, String)>,
    pub action: Option<String>,
}

impl Page {
    pub fn read(address: &str, answer: Answer) -> Self {
        let html = Html::parse_document(&answer.text());
        let first = |selector: &str| all(&html, selector).first().map(|element| words(*element)).unwrap_or_default();
        let ids: Vec<_> = all(&html, "[id]").iter().map(|element| attribute(*element, "id")).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "an id stands twice: {ids:?}");
        Self {
            address: address.into(),
            path: address.split('?').next().unwrap().into(),
            title: first("title"),
            heading: first("h1"),
            text: first("body"),
            forms: all(&html, "form").into_iter().map(|form| Form::read(&html, form)).collect(),
            links: all(&html, "a[href]").into_iter().map(|link| (words(link), attribute(link, "href"))).collect(),
            answer,
        }
    }

    pub fn status(&self) -> u16 {
        self.answer.status.as_u16()
    }

    /// The field with this label, name or id.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.forms.iter().flat_map(|form| &form.fields).find(|field| field.is(name))
    }

    /// Whether there is a button with these words or this id.
    pub fn has_button(&self, name: &str) -> bool {
        self.forms.iter().flat_map(|form| &form.buttons).any(|button| button.is(name))
    }

    /// Where the policy lets forms lead, other than here (CSP `form-action`).
    pub fn form_targets(&self) -> Vec<String> {
        let policy = self.answer.header("content-security-policy");
        let directive = policy.split(';').find_map(|each| each.trim().strip_prefix("form-action "));
        directive.unwrap_or_default().split(' ').map(str::to_owned).collect()
    }
}

impl Form {
    fn read(html: &Html, form: ElementRef<'_>) -> Self {
        let inside = |selector: &str| form.select(&Selector::parse(selector).unwrap()).collect::<Vec<_>>();
        let fields = inside("input[name]").into_iter().map(|input| {
            let id = attribute(input, "id");
            let labels = all(html, "label");
            let label = labels.into_iter().find(|label| !id.is_empty() && attribute(*label, "for") == id);
            Field {
                name: attribute(input, "name"),
                label: label.map(words).unwrap_or_default(),
                kind: attribute(input, "type"),
                value: attribute(input, "value"),
                autocomplete: attribute(input, "autocomplete"),
                id,
            }
        });
        let sends = |button: &ElementRef<'_>| !matches!(attribute(*button, "type").as_str(), "button" | "reset");
        let buttons = inside("button").into_iter().filter(sends).map(|button| {
            let name = attribute(button, "name");
            Button {
                words: words(button),
                id: attribute(button, "id"),
                pair: (!name.is_empty()).then(|| (name, attribute(button, "value"))),
                action: button.attr("formaction").map(str::to_owned),
            }
        });
        Self {
            method: attribute(form, "method"),
            action: attribute(form, "action"),
            fields: fields.collect(),
            buttons: buttons.collect(),
        }
    }
}

impl Field {
    pub fn is(&self, name: &str) -> bool {
        self.label == name || self.name == name || (!name.is_empty() && self.id == name)
    }
}

impl Button {
    pub fn is(&self, name: &str) -> bool {
        self.words == name || (!name.is_empty() && self.id == name)
    }
}

fn all<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

fn attribute(element: ElementRef<'_>, name: &str) -> String {
    element.attr(name).unwrap_or_default().to_owned()
}

/// The text with single spaces.
fn words(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
