//! How somebody shows who they are.

use crate::api::TOKEN_COOKIE;
use utoipa::openapi::{
    ComponentsBuilder, SecurityRequirement,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

/// Not at all.
pub(super) const NONE: Option<&str> = None;
/// By a token in the header.
pub(super) const TOKEN: Option<&str> = Some("token");
/// By the cookie of who signed in on the page.
pub(super) const COOKIE: Option<&str> = Some("cookie");

/// One of the ways that there are.
pub(super) fn requirement(scheme: Option<&str>) -> SecurityRequirement {
    scheme.map_or_else(SecurityRequirement::default, |name| SecurityRequirement::new(name, [""; 0]))
}

/// The ways, as components.
pub(super) fn schemes(components: ComponentsBuilder) -> ComponentsBuilder {
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("A JSON Web Token, signed with HS256, RS256, ES256 or EdDSA, with `exp`."))
        .build();
    let cookie = ApiKeyValue::with_description(TOKEN_COOKIE, "The token of who signed in at `/sign-in`.");
    components
        .security_scheme(TOKEN.unwrap_or_default(), SecurityScheme::Http(token))
        .security_scheme(COOKIE.unwrap_or_default(), SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
}
