//! Somebody who may wants something done with a queue, and says what in JSON.

use axum::{
    Json, RequestExt,
    extract::{FromRequest, Path, Request, rejection::JsonRejection},
};
use serde::de::DeserializeOwned;

use crate::admin::{Admin, failure::Failure, token::Allowed};

pub(super) struct Wish<T> {
    pub(super) admin: Admin,
    pub(super) queue: String,
    pub(super) said: T,
}

impl<T: DeserializeOwned + 'static> FromRequest<Admin> for Wish<T> {
    type Rejection = Failure;

    /// Who it is comes first: others are not told what would be wrong with their words.
    async fn from_request(mut request: Request, admin: &Admin) -> Result<Self, Failure> {
        request.extract_parts_with_state::<Allowed, _>(admin).await?;
        let Path(queue) = request
            .extract_parts()
            .await
            .map_err(|_| Failure::bad("which queue?", "name it in UTF-8: /api/v1/queues/NAME/…"))?;
        let Json(said) =
            request.extract().await.map_err(|it: JsonRejection| not_understood(&it))?;
        Ok(Self { admin: admin.clone(), queue, said })
    }
}

fn not_understood(rejection: &JsonRejection) -> Failure {
    let hint = "send JSON as docs/operating.md has it, with Content-Type: application/json";
    Failure::new(rejection.status(), rejection.body_text(), hint)
}
