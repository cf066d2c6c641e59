import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const TABS = ['demands', 'effect', 'compliance'] as const;
export type ProfileTab = (typeof TABS)[number];

export interface ProfileSearch {
  readonly tab?: ProfileTab;
}

export interface CompareSearch {
  readonly a?: string;
  readonly b?: string;
}

export const profileRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/profiles',
    component: lazyRouteComponent(() => import('./list.tsx'), 'ProfilesPage'),
  }),
  createRoute({
    getParentRoute: inShell,
    path: '/app/profiles/compare',
    validateSearch: (search: Readonly<Record<string, unknown>>): CompareSearch => {
      const [a, b] = [text(search.a), text(search.b)];
      return { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) };
    },
    component: lazyRouteComponent(() => import('./compare.tsx'), 'ComparePage'),
  }),
  createRoute({
    getParentRoute: inShell,
    path: '/app/profiles/$profileId',
    validateSearch: (search: Readonly<Record<string, unknown>>): ProfileSearch => {
      const tab = TABS.find((one) => one === search.tab);
      return tab === undefined ? {} : { tab };
    },
    component: lazyRouteComponent(() => import('./detail.tsx'), 'ProfilePage'),
  }),
] as const;
