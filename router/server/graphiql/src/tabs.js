// What a first visitor finds. Later visits restore the tabs as they were left.
import firstLook from './tabs/first-look.graphql?raw';
import logIn from './tabs/log-in.graphql?raw';
import myTodos from './tabs/my-todos.graphql?raw';

const json = (value) => JSON.stringify(value, null, 2);

export const defaultTabs = [
  { query: firstLook },
  { query: logIn, variables: json({ input: { username: '', password: '' } }) },
  { query: myTodos, headers: json({ authorization: 'Bearer …' }) },
];
