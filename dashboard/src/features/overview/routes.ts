import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';
import type { Span } from './series.ts';

/** How far back the overview looks; a day is not said. */
const readSpan = ({ span }: Readonly<Record<string, unknown>>): { readonly span?: Span } =>
  span === 'week' || span === 'month' ? { span } : {};

export const overviewRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app',
    validateSearch: readSpan,
    component: lazyRouteComponent(() => import('./page.tsx'), 'OverviewPage'),
  }),
] as const;
