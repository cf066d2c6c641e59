import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const complianceRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/compliance',
    validateSearch: ({ profile }: Readonly<Record<string, unknown>>): { readonly profile?: string } =>
      typeof profile === 'string' && profile !== '' ? { profile } : {},
    component: lazyRouteComponent(() => import('./page.tsx'), 'CompliancePage'),
  }),
] as const;
