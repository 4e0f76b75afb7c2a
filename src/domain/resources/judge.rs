//! Whether a client may name these resources (RFC 8707 §2.1, §2.2).

use super::{Resource, store, uri};
use crate::{
    app::Cx,
    domain::clients::Client,
    kernel::{Code, Refusal, Result},
};

/// Most resources that one request may name.
const MOST: usize = 10;

/// The registered resources that `named` are, without repetition. The issuer itself may be named too (it is the audience of
/// access tokens that no resource is named for); it is not among the answer.
///
/// # Errors
/// The refusal `invalid_target` where one is malformed, unknown or not for this client.
pub async fn judge(cx: &Cx, client: &Client, named: &[String]) -> Result<Vec<Resource>> {
    judge_beside(cx, client, named, &[]).await
}

/// The same where the client may name some of them for another reason: it has authorization details there.
///
/// # Errors
/// The refusal `invalid_target`.
pub async fn judge_beside(cx: &Cx, client: &Client, named: &[String], detailed: &[String]) -> Result<Vec<Resource>> {
    let issuer = cx.tenant().issuer.as_str();
    let wanted = well_formed(named, issuer)?;
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let found = store::find(cx.db().reader(), cx.tenant().id, &wanted).await?;
    let known = |uri: &&str| found.iter().any(|resource| resource.uri == **uri);
    if !wanted.iter().all(known)
        || !found.iter().all(|resource| detailed.contains(&resource.uri) || resource.is_for(client))
    {
        return Err(refused("the resource is unknown, or not for this client").into());
    }
    Ok(found)
}

/// The names that have to be looked up.
fn well_formed<'a>(named: &'a [String], issuer: &str) -> Result<Vec<&'a str>, Refusal> {
    let mut wanted: Vec<&str> = Vec::with_capacity(named.len());
    for name in named {
        uri::check(name).map_err(|why| refused(format!("resource {why}")))?;
        if name != issuer && !wanted.contains(&name.as_str()) {
            wanted.push(name);
        }
    }
    if wanted.len() > MOST { Err(refused("too many resources are named")) } else { Ok(wanted) }
}

fn refused(why: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Code::InvalidTarget.because(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(named: &[&str]) -> Result<Vec<String>, Code> {
        let named: Vec<_> = named.iter().map(|name| (*name).to_owned()).collect();
        let wanted = well_formed(&named, "https://id.example.test").map_err(|refusal| refusal.code)?;
        Ok(wanted.into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn names_are_uris_and_each_is_looked_up_once() {
        let api = "https://api.example.test";
        assert_eq!(names(&[api, "https://id.example.test", api]), Ok(vec![api.to_owned()]));
        assert_eq!(names(&[]), Ok(vec![]));
        for bad in ["api", "https://api.example.test/#x", "https://api example"] {
            assert_eq!(names(&[api, bad]), Err(Code::InvalidTarget), "{bad}");
        }
        let many: Vec<_> = (0..11).map(|n| format!("https://api{n}.example.test")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(names(&many), Err(Code::InvalidTarget));
        assert_eq!(names(&many[..10]).map(|wanted| wanted.len()), Ok(10));
    }
}
