//! What the graph is made of: a supergraph, or the subgraphs of a list that may itself change.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use futures::{StreamExt, future::join_all, stream};
use schema_composition::{Diagnostics, Options, SubgraphInput};
use tokio::{task::spawn_blocking, time::Instant};

use super::{
    GraphSource,
    loaded::{LoadedSubgraphs, subgraph_input},
    read::{Origin, ReadError, Reader},
    schema::{Observers, Schema},
};
use crate::{
    auth::Clock,
    config::{ComposeFile, Diagnostic},
    error::{ServerError, with_causes},
};

/// Schemas read at the same time.
const AT_ONCE: usize = 16;
/// Between questions to a subgraph that is only just starting.
const PAUSE: Duration = Duration::from_millis(250);

/// Where the graph comes from, with what is known of it.
pub(super) enum Followed {
    /// A composed supergraph.
    Supergraph(Schema),
    /// Subgraphs, and the list they stand in.
    Subgraphs {
        list: Option<List>,
        schemas: Vec<Schema>,
    },
}

/// A `supergraph.yaml`.
pub(super) struct List {
    file: PathBuf,
    text: Schema,
    /// What `${NAME}` in it means.
    environment: Arc<[(String, String)]>,
}

/// What there is to serve.
#[derive(Debug, Clone)]
pub(super) enum Input {
    /// Supergraph SDL, and what it is called in messages.
    Supergraph { sdl: String, name: String },
    /// Subgraphs to compose.
    Subgraphs(Vec<SubgraphInput>),
}

impl Followed {
    /// What `source` names; the list of subgraphs is read, their schemas are not.
    pub(super) async fn new(
        source: GraphSource,
        environment: Vec<(String, String)>,
        reader: &Reader,
        clock: Clock,
    ) -> Result<Self, ServerError> {
        Ok(match source {
            GraphSource::Sdl(sdl) => Self::Supergraph(supergraph(Origin::Text(sdl))),
            GraphSource::Supergraph(file) => Self::Supergraph(supergraph(Origin::File(file))),
            GraphSource::Subgraphs(inputs) => Self::Subgraphs {
                list: None,
                schemas: inputs
                    .into_iter()
                    .map(|input| Schema::new(&input.name, Origin::Text(input.sdl), input.url))
                    .collect(),
            },
            GraphSource::Compose(file) => {
                let (list, schemas) = List::load(file, environment, reader, clock).await?;
                Self::Subgraphs {
                    list: Some(list),
                    schemas,
                }
            }
        })
    }

    /// Reads every schema for the first time, waiting up to `patience` for subgraphs that are only just starting.
    pub(super) async fn load(
        &mut self,
        reader: &Reader,
        patience: Duration,
        clock: Clock,
    ) -> Result<(), ServerError> {
        let outcomes = load_all(self.schemas_mut(), reader, patience, clock).await;
        let mut outcomes = outcomes.into_iter();
        match self {
            Self::Supergraph(schema) => match outcomes.next() {
                Some(Err(error)) => Err(unread_supergraph(schema, error)),
                _ => Ok(()),
            },
            Self::Subgraphs { schemas, .. } => {
                let loaded = LoadedSubgraphs::new(schemas.iter().zip(outcomes));
                if loaded.unavailable.is_empty() {
                    return Ok(());
                }
                // Composed, so that what is wrong with the others is said as well.
                let refused = loaded.compose(&Options::default()).err();
                let render =
                    |diagnostics: Diagnostics| diagnostics.render(false, &loaded.sources());
                Err(ServerError::Composition {
                    text: refused.map(render).unwrap_or_default(),
                })
            }
        }
    }

    /// Whether it can change at all.
    pub(super) fn can_change(&self) -> bool {
        let is_listed = matches!(self, Self::Subgraphs { list: Some(_), .. });
        let mut schemas = self.schemas().iter();
        is_listed || schemas.any(|schema| !matches!(schema.origin, Origin::Text(_)))
    }

    /// The list's own text, if there is one.
    pub(super) fn list(&self) -> Option<&Schema> {
        match self {
            Self::Subgraphs { list, .. } => list.as_ref().map(|list| &list.text),
            Self::Supergraph(_) => None,
        }
    }

    /// The supergraph, or the subgraphs in the list's order.
    pub(super) fn schemas(&self) -> &[Schema] {
        match self {
            Self::Supergraph(schema) => std::slice::from_ref(schema),
            Self::Subgraphs { schemas, .. } => schemas,
        }
    }

    fn schemas_mut(&mut self) -> &mut [Schema] {
        match self {
            Self::Supergraph(schema) => std::slice::from_mut(schema),
            Self::Subgraphs { schemas, .. } => schemas,
        }
    }

    /// Reads the list again.
    ///
    /// # Errors
    /// It has changed and has mistakes; the subgraphs stay those of the last good one.
    pub(super) async fn refresh_list(
        &mut self,
        reader: &Reader,
        must: bool,
        observers: Observers<'_>,
    ) -> Result<(), Vec<Diagnostic>> {
        let Self::Subgraphs {
            list: Some(list),
            schemas,
        } = self
        else {
            return Ok(());
        };
        list.text.refresh(reader, must, observers).await;
        let listed = list.listed().await?;
        let mut earlier = std::mem::take(schemas);
        *schemas = listed
            .into_iter()
            .map(|schema| {
                let known = earlier.iter().position(|known| known.name == schema.name);
                schema.remembering(known.map(|index| earlier.swap_remove(index)))
            })
            .collect();
        for gone in earlier {
            observers.metrics.forget(&gone.name);
        }
        Ok(())
    }

    /// Reads the schemas again, several at once.
    pub(super) async fn refresh(&mut self, reader: &Reader, must: bool, observers: Observers<'_>) {
        stream::iter(self.schemas_mut())
            .for_each_concurrent(AT_ONCE, |schema| schema.refresh(reader, must, observers))
            .await;
    }

    /// The subgraphs of which no schema was ever read.
    pub(super) fn unread(&self) -> Vec<Arc<str>> {
        let schemas = self.schemas().iter();
        schemas
            .filter(|schema| schema.text().is_none())
            .map(|schema| Arc::clone(&schema.name))
            .collect()
    }

    /// What there is to serve now, once everything was read.
    pub(super) fn input(&self) -> Input {
        match self {
            Self::Supergraph(schema) => Input::Supergraph {
                sdl: schema.text().unwrap_or_default().to_owned(),
                name: schema
                    .origin
                    .file_name()
                    .unwrap_or_else(|| schema.name.to_string()),
            },
            Self::Subgraphs { schemas, .. } => {
                Input::Subgraphs(schemas.iter().map(subgraph_input).collect())
            }
        }
    }

    /// Changes exactly when a name, an address or a text of [`Self::input`] does.
    pub(super) fn fingerprint(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        for schema in self.schemas() {
            for part in [schema.name.as_bytes(), schema.url.as_bytes()] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
            hasher.update(schema.hash().map_or(&[0; 32], |hash| hash.as_bytes()));
        }
        hasher.finalize()
    }
}

impl List {
    async fn load(
        file: PathBuf,
        environment: Vec<(String, String)>,
        reader: &Reader,
        clock: Clock,
    ) -> Result<(Self, Vec<Schema>), ServerError> {
        let wrong = |diagnostics| ServerError::Configuration { diagnostics };
        let mut text = Schema::new("supergraph.yaml", Origin::File(file.clone()), String::new());
        if let Err(error) = text.load(reader, clock()).await {
            return Err(wrong(vec![Diagnostic::unreadable(&file, &error)]));
        }
        let list = Self {
            file,
            text,
            environment: environment.into(),
        };
        let schemas = list.listed().await.map_err(wrong)?;
        Ok((list, schemas))
    }

    /// Its subgraphs, none of them read yet. Worked out anew each time, for a `${file.NAME}` in it may mean something
    /// else by now.
    async fn listed(&self) -> Result<Vec<Schema>, Vec<Diagnostic>> {
        let (file, environment) = (self.file.clone(), Arc::clone(&self.environment));
        let text = self.text.text().unwrap_or_default().to_owned();
        let parsing = spawn_blocking(move || ComposeFile::parse(&file, &text, &environment));
        let panicked = |_| vec![Diagnostic::unreadable(&self.file, &ServerError::Panicked)];
        Ok(schemas(&parsing.await.map_err(panicked)??))
    }
}

/// The subgraphs of a `supergraph.yaml`, none of them read yet.
fn schemas(compose: &ComposeFile) -> Vec<Schema> {
    let subgraphs = compose.subgraphs.iter();
    let schemas = subgraphs.map(|(name, subgraph)| {
        let schema = &subgraph.schema;
        let origin = match (&schema.file, &schema.subgraph_url) {
            (Some(file), _) => Origin::File(file.clone()),
            (None, Some(url)) => Origin::Running {
                url: url.clone(),
                headers: schema.headers(),
            },
            (None, None) => Origin::Text(schema.sdl.clone().unwrap_or_default()),
        };
        Schema::new(name, origin, subgraph.url())
    });
    schemas.collect()
}

/// The subgraphs which `compose` names, with their schemas as far as they can be read.
pub(super) async fn load_listed(
    compose: &ComposeFile,
    reader: &Reader,
    patience: Duration,
    clock: Clock,
) -> LoadedSubgraphs {
    let mut schemas = schemas(compose);
    let outcomes = load_all(&mut schemas, reader, patience, clock).await;
    LoadedSubgraphs::new(schemas.iter().zip(outcomes))
}

/// Reads every schema for the first time; what came of it in their order.
async fn load_all(
    schemas: &mut [Schema],
    reader: &Reader,
    patience: Duration,
    clock: Clock,
) -> Vec<Result<(), ReadError>> {
    let give_up = Instant::now() + patience;
    let loads = schemas
        .iter_mut()
        .map(|schema| load(schema, reader, give_up, clock));
    join_all(loads).await
}

async fn load(
    schema: &mut Schema,
    reader: &Reader,
    give_up: Instant,
    clock: Clock,
) -> Result<(), ReadError> {
    loop {
        match schema.load(reader, clock()).await {
            Err(error) if error.is_passing() && Instant::now() < give_up => {
                tracing::debug!(subgraph = %schema.name, %error, "waiting for a subgraph's schema");
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

fn unread_supergraph(schema: &Schema, error: ReadError) -> ServerError {
    let path = match &schema.origin {
        Origin::File(file) => file.clone(),
        Origin::Text(_) | Origin::Running { .. } => PathBuf::from(&*schema.name),
    };
    let source = match error {
        ReadError::File(source) => source,
        other => io::Error::new(io::ErrorKind::InvalidData, with_causes(&other)),
    };
    ServerError::Read { path, source }
}

fn supergraph(origin: Origin) -> Schema {
    Schema::new("supergraph", origin, String::new())
}
