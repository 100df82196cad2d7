//! What a program takes of a model: the whole, or the few sections that it needs.

use std::future::Future;

use bytes::Bytes;
use futures_util::future::try_join5;

use super::manifest::{Manifest, SectionEntry};
use super::store::{Proof, present};
use super::{Catalogue, Model, ModelError, SectionKind, Similar, Titles, Weights};
use crate::ports::Blobs;
use crate::rating::Rating;
use crate::taste::Personas;

/// A model, or a part of one that is of use by itself.
pub trait Loadable: Sized + Send + Sync + 'static {
    /// Fetches the sections that are needed and verifies them.
    ///
    /// # Errors
    /// [`ModelError`] naming what is missing or wrong.
    fn load<B: Blobs>(
        sections: &Sections<'_, B>,
    ) -> impl Future<Output = Result<Self, ModelError>> + Send;

    /// Where it came from.
    fn manifest(&self) -> &Manifest;

    /// The model's version.
    fn version(&self) -> &str {
        &self.manifest().model_version
    }
}

/// What predicts how good a film would be.
pub trait Rates: Loadable {
    /// The predictor; `None` in a model from before there were predictions.
    fn rating(&self) -> Option<&Rating>;
}

/// The sections of one version in a store.
pub struct Sections<'a, B> {
    pub(super) blobs: &'a B,
    pub(super) manifest: &'a Manifest,
    pub(super) proof: Proof,
}

type Fetched<'a> = (Bytes, &'a SectionEntry);

impl<'a, B: Blobs> Sections<'a, B> {
    async fn needed(&self, kind: SectionKind) -> Result<Fetched<'a>, ModelError> {
        let entry = self.manifest.section(kind)?;
        // The file name is ours to know; a manifest cannot point elsewhere.
        let key = format!("{}/{}", self.manifest.model_version, kind.file());
        let bytes = present(&key, self.blobs.get_sized(&key, entry.size).await?)?.bytes;
        if self.proof == Proof::Full {
            let checked = entry.verify(&bytes);
            checked
                .and_then(|()| entry.verify_sha256(&bytes))
                .map_err(|fault| kind.refuse(fault))?;
        }
        Ok((bytes, entry))
    }

    /// The same for a section that a model may be without.
    async fn optional(&self, kind: SectionKind) -> Result<Option<Fetched<'a>>, ModelError> {
        if !self.manifest.sections.contains_key(&kind) {
            return Ok(None);
        }
        self.needed(kind).await.map(Some)
    }

    async fn rating(&self) -> Result<Option<Rating>, ModelError> {
        let found = self.optional(SectionKind::Rating).await?;
        let rating = found.map(|(bytes, entry)| Rating::open(bytes, entry));
        rating.transpose()
    }
}

impl Loadable for Model {
    async fn load<B: Blobs>(sections: &Sections<'_, B>) -> Result<Self, ModelError> {
        // Looked at as soon as it is there, while the others are still on their way.
        let catalogue = async {
            let (bytes, entry) = sections.needed(SectionKind::Catalogue).await?;
            Catalogue::open(bytes, entry)
        };
        let small = async {
            let personas = sections.optional(SectionKind::Personas);
            futures_util::future::try_join(personas, sections.rating()).await
        };
        let (catalogue, titles, similar, weights, (personas, rating)) = try_join5(
            catalogue,
            sections.needed(SectionKind::Titles),
            sections.needed(SectionKind::Similar),
            sections.optional(SectionKind::Weights),
            small,
        )
        .await?;
        let movies = catalogue.len();
        let weights = weights.map(|(bytes, entry)| Weights::open(bytes, entry, movies));
        let personas = personas.map(|(bytes, entry)| Personas::open(bytes, entry));
        Ok(Self {
            titles: Titles::open(titles.0, titles.1, movies)?,
            similar: Similar::open(similar.0, similar.1, movies)?,
            weights: weights.transpose()?,
            personas: personas.transpose()?,
            rating,
            catalogue,
            manifest: sections.manifest.clone(),
        })
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

impl Rates for Model {
    fn rating(&self) -> Option<&Rating> {
        self.rating.as_ref()
    }
}

/// The part of a model that predicts how good a film would be: kilobytes where a whole one has megabytes.
#[derive(Debug)]
pub struct RatingModel {
    manifest: Manifest,
    rating: Option<Rating>,
}

impl Loadable for RatingModel {
    async fn load<B: Blobs>(sections: &Sections<'_, B>) -> Result<Self, ModelError> {
        Ok(Self {
            rating: sections.rating().await?,
            manifest: sections.manifest.clone(),
        })
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

impl Rates for RatingModel {
    fn rating(&self) -> Option<&Rating> {
        self.rating.as_ref()
    }
}
