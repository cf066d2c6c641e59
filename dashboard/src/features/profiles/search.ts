/** What the addresses of these screens hold beside their path. */
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const TABS = ['demands', 'effect', 'compliance'] as const;
export type ProfileTab = (typeof TABS)[number];

type Search = Readonly<Record<string, unknown>>;

export const readProfileSearch = (search: Search): { readonly tab?: ProfileTab } => {
  const tab = TABS.find((one) => one === search.tab);
  return tab === undefined ? {} : { tab };
};

export const readPair = (search: Search): { readonly a?: string; readonly b?: string } => {
  const [a, b] = [text(search.a), text(search.b)];
  return { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) };
};
