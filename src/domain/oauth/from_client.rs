//! How a client says who it is, at every endpoint that clients call themselves (RFC 6749 §2.3, RFC 7009 §2.1, RFC 7662 §2.1,
//! RFC 9126 §2).

use super::Parameters;
use crate::{
    app::Cx,
    domain::{
        clients::{self, Client, Presented},
        rates::rate,
    },
    kernel::{Refusal, Result, secret::Secret},
};

/// What such a request presents of its client. `basic`: user and password of the `Authorization` header, form-decoded.
pub fn presented(parameters: &Parameters, basic: Option<(String, Secret)>) -> Result<Presented, Refusal> {
    Ok(Presented {
        basic,
        client_id: parameters.once("client_id")?.map(str::to_owned),
        client_secret: parameters.once("client_secret")?.map(Secret::new),
        assertion_type: parameters.once("client_assertion_type")?.map(str::to_owned),
        assertion: parameters.once("client_assertion")?.map(Secret::new),
    })
}

/// The client that such a request comes from, authenticated; none of its parameters stands twice, and it does not ask too
/// often.
pub async fn authenticate(cx: &Cx, parameters: &Parameters, basic: Option<(String, Secret)>) -> Result<Client> {
    parameters.refuse_repeated()?;
    let client = clients::authenticate(cx, &presented(parameters, basic)?).await?;
    cx.limit("token", &client.client_id, rate(cx.config().limits.token_requests_per_client)).await?;
    Ok(client)
}
