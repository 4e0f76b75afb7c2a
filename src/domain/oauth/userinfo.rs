//! The userinfo endpoint (OpenID Connect Core §5.3).

use serde_json::{Map, Value};

use super::{subject, token};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Code, Result, secret::Secret},
};

/// Reads the claims that an access token gives.
#[derive(Debug, Clone)]
pub struct UserInfo {
    /// The access token.
    pub token: Secret,
}

impl Operation for UserInfo {
    type Output = Map<String, Value>;
    const NAME: &'static str = "userinfo.show";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<Map<String, Value>> {
        let (app, tenant) = (&cx.app, cx.tenant());
        let token = self.token.expose();
        let (token, alive) = token::believe_live(app, tenant, token, &tenant.issuer, cx.now).await?;
        if !token.scope.has("openid") {
            return Err(Code::InsufficientScope.because("the access token lacks the scope openid").into());
        }
        let mut claims = subject::by_scope(&alive.user, &token.scope);
        claims.extend(subject::requested(&alive.user, &token.claims.userinfo));
        Ok(claims)
    }
}
