import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';
import { readPair, readProfileSearch } from './search.ts';

export const profileRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/profiles',
    component: lazyRouteComponent(() => import('./list.tsx'), 'ProfilesPage'),
  }),
  createRoute({
    getParentRoute: inShell,
    path: '/app/profiles/compare',
    validateSearch: readPair,
    component: lazyRouteComponent(() => import('./compare.tsx'), 'ComparePage'),
  }),
  createRoute({
    getParentRoute: inShell,
    path: '/app/profiles/$profileId',
    validateSearch: readProfileSearch,
    component: lazyRouteComponent(() => import('./detail.tsx'), 'ProfilePage'),
  }),
] as const;
