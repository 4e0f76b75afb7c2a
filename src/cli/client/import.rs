//! `signet client create --import`: clients of a file, as RFC 7591 metadata.

use std::{fmt::Display, fs, path::Path};

use serde_json::{Map, Value};

use super::in_words;
use crate::{
    cli::{Ending, Print, open::Open, print::facts},
    config::Config,
    domain::clients::{
        CreateClients, UpdateClient,
        wire::{self, From},
    },
};

/// Registers every client of the file, or none.
pub(super) async fn run(file: &Path, config: Config, print: Print) -> Result<(), Ending> {
    let value = json(file)?;
    let several = value.is_array();
    let documents = documents(value).ok_or_else(|| unreadable(file, "it has to hold an object or an array of them"))?;
    let read = |document| wire::read(document, From::Operator).map_err(crate::kernel::Error::from);
    let clients = documents.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Open::and(config, async |open| {
        let created = open.perform(CreateClients(clients)).await?;
        let words = || created.iter().map(in_words).collect::<Vec<_>>().join("\n");
        match created.as_slice() {
            [one] if !several => print.answer(one, words),
            all => print.answer(&all, words),
        }
    })
    .await
}

/// Changes one client as the file says.
pub(super) async fn update(client_id: String, file: &Path, config: Config, print: Print) -> Result<(), Ending> {
    let Value::Object(changes) = json(file)? else {
        return Err(unreadable(file, "it has to hold an object"));
    };
    Open::and(config, async |open| {
        let changed = open.perform(UpdateClient { client_id, changes }).await?;
        print.answer(&changed, || {
            let secret = changed.secret.as_ref().map(|secret| ("client_secret", secret.expose().to_owned()));
            let rows: Vec<_> = [("client_id", changed.client.client_id.clone())].into_iter().chain(secret).collect();
            let once = if changed.secret.is_some() { "The secret is new, and shown only now.\n" } else { "" };
            format!("Client {} was changed.\n{}{once}", changed.client.client_name, facts(&rows))
        })
    })
    .await
}

fn json(file: &Path) -> Result<Value, Ending> {
    let text = fs::read(file).map_err(|error| unreadable(file, error))?;
    serde_json::from_slice(&text).map_err(|error| unreadable(file, error))
}

fn unreadable(file: &Path, why: impl Display) -> Ending {
    Ending::Usage(format!("{} cannot be read: {why}", file.display()))
}

fn documents(value: Value) -> Option<Vec<Map<String, Value>>> {
    let object = |value| match value {
        Value::Object(members) => Some(members),
        _ => None,
    };
    match value {
        Value::Array(items) if !items.is_empty() => items.into_iter().map(object).collect(),
        one => object(one).map(|members| vec![members]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_holds_one_or_several() {
        assert_eq!(documents(json!({ "client_name": "a" })).map(|all| all.len()), Some(1));
        assert_eq!(documents(json!([{}, {}])).map(|all| all.len()), Some(2));
        for bad in [json!([]), json!(7), json!([{}, 7]), json!("a")] {
            assert_eq!(documents(bad), None);
        }
    }
}
