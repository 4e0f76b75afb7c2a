//! The types of authorization details that a request speaks of: each belongs to one API.

use serde_json::Value;

use crate::{
    app::Cx,
    domain::resources::{self, Resource},
    kernel::{Result, details::Details},
};

/// One registered type.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// The API that it means something to, by URI.
    pub resource: String,
    /// That API's name.
    pub api: String,
    /// What its objects look like.
    pub schema: Value,
}

/// Those that were looked up.
#[derive(Debug, Clone, Default)]
pub struct Kinds(Vec<Kind>);

impl Kinds {
    /// The types of these objects, as far as they are registered. Nothing is asked of the database where there are none.
    pub async fn of(cx: &Cx, details: &Details) -> Result<Self> {
        if details.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self::among(details, resources::store::list(cx.db().reader(), cx.tenant().id).await?))
    }

    /// The same among these APIs.
    pub fn among(details: &Details, resources: Vec<Resource>) -> Self {
        let wanted = details.kinds();
        let mut kinds = Vec::new();
        for Resource { uri, name, authorization_details_types, .. } in resources {
            let own = authorization_details_types.into_iter().filter(|(kind, _)| wanted.contains(kind.as_str()));
            kinds.extend(own.map(|(kind, schema)| Kind {
                name: kind,
                resource: uri.clone(),
                api: name.clone(),
                schema,
            }));
        }
        Self(kinds)
    }

    /// Only the types of these objects.
    pub fn of_these(&self, details: &Details) -> Self {
        let wanted = details.kinds();
        Self(self.0.iter().filter(|kind| wanted.contains(kind.name.as_str())).cloned().collect())
    }

    /// The type of this name.
    pub fn find(&self, name: &str) -> Option<&Kind> {
        self.0.iter().find(|kind| kind.name == name)
    }

    /// The APIs that they belong to, by URI, each once.
    pub fn resources(&self) -> Vec<String> {
        let mut uris: Vec<String> = Vec::new();
        for kind in &self.0 {
            if !uris.contains(&kind.resource) {
                uris.push(kind.resource.clone());
            }
        }
        uris
    }
}
