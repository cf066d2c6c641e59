import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Problem } from './api/http.ts';
import { router } from './router.tsx';
import { beforeOthers } from './session/session.ts';
import './styles.css';

const queries = new QueryClient({
  defaultOptions: {
    // Whether there is a network is for the request to find out: what is verified here needs none.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      staleTime: 5_000,
      // A refusal stays one however often it is asked again.
      retry: (failures, error) => !(error instanceof Problem && error.status < 500) && failures < 2,
      // Nobody looks at a screen that waits for longer than a second to be told that nothing is there.
      retryDelay: (failures) => 250 * 2 ** failures,
    },
  },
});

// Nothing of one tenant or person is shown under the name of another.
beforeOthers(() => queries.clear());

const place = document.getElementById('root');
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
