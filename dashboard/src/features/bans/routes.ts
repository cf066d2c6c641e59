import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export interface BanSearch {
  readonly list?: 'own' | 'network' | 'operator';
  /** Whom to ban: opens the question, filled in. */
  readonly ban?: string;
}

export const banRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/bans',
    validateSearch: ({ list, ban }: Readonly<Record<string, unknown>>): BanSearch => ({
      ...(list === 'network' || list === 'operator' ? { list } : {}),
      ...(typeof ban === 'string' ? { ban } : {}),
    }),
    component: lazyRouteComponent(() => import('./page.tsx'), 'BansPage'),
  }),
  createRoute({
    getParentRoute: inShell,
    path: '/app/bans/$list/$banId',
    component: lazyRouteComponent(() => import('./detail.tsx'), 'BanPage'),
  }),
] as const;
