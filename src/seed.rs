//! `weft seed`: demo data, the same rows for the same seed.

use std::path::{Path, PathBuf};

use subgraphs_kit::db::Db;

use crate::failure::{Failure, with_causes};
use crate::output::print_line;
use crate::services::{self, Service};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many users; the first is the demo login, the second an admin.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    users: u64,
    /// How many posts, with comments.
    #[arg(long, default_value_t = 200)]
    posts: usize,
    /// How many todos.
    #[arg(long, default_value_t = 300)]
    todos: usize,
    /// What the rows are derived from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the SQLite files are, for services without a database URL in the environment
    /// (WEFT_USERS_DATABASE_URL, WEFT_POSTS_DATABASE_URL, WEFT_TODOS_DATABASE_URL).
    #[arg(long, env = "WEFT_DATA_DIR", default_value = "data")]
    data_dir: PathBuf,
}

/// How much demo data there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amounts {
    users: u64,
    posts: usize,
    todos: usize,
    seed: u64,
}

impl Amounts {
    /// What `weft up` plants in an empty database.
    pub(crate) const DEMO: Self = Self {
        users: 50,
        posts: 200,
        todos: 300,
        seed: 1,
    };
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let dbs = Databases::open(&arguments.data_dir).await?;
    if !dbs.is_empty().await? {
        return Err(Failure::input(
            "there are accounts already, and demo accounts have a public password: seed an empty database \
             (another --data-dir, or other WEFT_…_DATABASE_URLs)",
        ));
    }
    let amounts = Amounts {
        users: arguments.users,
        posts: arguments.posts,
        todos: arguments.todos,
        seed: arguments.seed,
    };
    dbs.seed(amounts).await?;
    print_line(format_args!(
        "seeded {} users, {} posts and {} todos; log in as {} or {} with the password {}",
        amounts.users,
        amounts.posts,
        amounts.todos,
        subgraphs_users::seed::DEMO_USERNAME,
        subgraphs_users::seed::ADMIN_USERNAME,
        subgraphs_users::seed::DEMO_PASSWORD,
    ))
}

/// The databases of all services, migrated.
pub(crate) struct Databases {
    pub(crate) users: Db,
    pub(crate) posts: Db,
    pub(crate) todos: Db,
}

impl Databases {
    /// Connects to all of them and migrates them.
    pub(crate) async fn open(data_dir: &Path) -> Result<Self, Failure> {
        let (users, posts, todos) = tokio::try_join!(
            services::open(Service::Users, data_dir),
            services::open(Service::Posts, data_dir),
            services::open(Service::Todos, data_dir),
        )?;
        Ok(Self {
            users,
            posts,
            todos,
        })
    }

    /// Whether nobody has an account yet.
    pub(crate) async fn is_empty(&self) -> Result<bool, Failure> {
        let empty = subgraphs_users::seed::is_empty(&self.users).await;
        empty.map_err(|error| Failure::internal("looking for users", error))
    }

    /// Plants demo data.
    pub(crate) async fn seed(&self, amounts: Amounts) -> Result<(), Failure> {
        let Amounts {
            users,
            posts,
            todos,
            seed,
        } = amounts;
        let failed = |what: &'static str| {
            move |error: subgraphs_kit::Error| {
                let reason = with_causes(&error);
                Failure::input(format!(
                    "the demo {what} cannot be planted (are there some already?): {reason}"
                ))
            }
        };
        let users = subgraphs_users::seed::seed(&self.users, users, seed).await;
        let users = users.map_err(failed("users"))?;
        let written = subgraphs_posts::seed(&self.posts, &users, posts, seed).await;
        written.map_err(failed("posts"))?;
        let posts = subgraphs_posts::post_ids(posts);
        let written = subgraphs_todos::seed(&self.todos, &users, &posts, todos, seed).await;
        written.map_err(failed("todos"))?;
        Ok(())
    }
}
