// A front end's use of the generated types. It is type-checked, never run.
import { ask } from '../client.ts';
import { FirstLookDocument, LogInDocument } from '../generated/operations.ts';
import type { User } from '../generated/schema.ts';

/** Titles by author, with the year of publication where there is one. */
export async function titles(count: number): Promise<Map<string, string[]>> {
  const { users } = await ask(FirstLookDocument, { count });
  const byAuthor = new Map<string, string[]>();
  for (const { node } of users?.edges ?? []) {
    const posts = node.posts?.edges ?? [];
    const lines = posts.map(({ node: post }) => `${post.title} (${post.publishedAt?.slice(0, 4) ?? 'draft'})`);
    byAuthor.set(node.username, lines);
  }
  return byAuthor;
}

/** What went wrong, in words; nothing when the login worked. */
export async function logIn(username: string, password: string): Promise<string[]> {
  const { login } = await ask(LogInDocument, { input: { username, password } });
  return (login?.userErrors ?? []).map(({ message }) => message);
}

/** The schema's own types are there too, for code that is not about one operation. */
export function greeting(user: Pick<User, 'username' | 'displayName'>): string {
  return `${user.displayName} (@${user.username})`;
}
