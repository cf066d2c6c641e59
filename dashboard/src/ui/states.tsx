/** What a screen shows when it has nothing, waits, may not, or failed: each with the next thing to do. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Problem, Unreachable } from '../api/http.ts';
import { roleName, useMay, useRole } from '../session/session.ts';
import { Button } from './button.tsx';

const TONES = {
  deny: 'border-deny/40 bg-deny-wash text-deny',
  hold: 'border-hold/40 bg-hold-wash text-hold',
  allow: 'border-allow/40 bg-allow-wash text-allow',
  plain: 'border-line bg-raised text-ink',
} as const;

export const Notice = ({ tone = 'plain', children }: { tone?: keyof typeof TONES; children: ReactNode }) => (
  <div role={tone === 'deny' ? 'alert' : 'status'} className={`rounded-md border px-3 py-2 ${TONES[tone]}`}>
    {children}
  </div>
);

export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => (
  <div className="rounded-lg border border-dashed border-line px-6 py-10 text-center">
    <p className="font-medium">{title}</p>
    {children !== undefined && <div className="mx-auto mt-1 max-w-prose text-soft">{children}</div>}
  </div>
);

export const Loading = ({ what }: { what: string }) => (
  <div role="status" className="motion-safe:animate-pulse rounded-lg border border-line bg-surface px-4 py-6 text-soft">
    Loading {what} …
  </div>
);

/** A role or a key that may not, on a screen or a part of one. */
export const isForbidden = (error: unknown): boolean => error instanceof Problem && error.status === 403;

export const Forbidden = ({ what }: { what: string }) => {
  const role = useRole();
  return role === null ? (
    <Empty title={`This key may not see ${what}`}>
      Ask an administrator of the tenant for a key with the scope that the API reference names for it.
    </Empty>
  ) : (
    <Empty title={`Your role may not see ${what}`}>
      You are {roleName(role)} of this tenant. Its owners and admins may give you another role.
    </Empty>
  );
};

/** On a screen that a role may look at and not change. */
export const OnlyLooking = ({ permission }: { permission: string }) => {
  const role = useRole();
  return useMay(permission) || role === null ? null : (
    <p className="text-soft">You look at this as {roleName(role)}. Changing it is for other roles.</p>
  );
};

export const Failed = ({ error, retry }: { error: unknown; retry?: () => void }) => (
  <Notice tone="deny">
    <p className="font-medium">
      {error instanceof Unreachable
        ? 'The service cannot be reached.'
        : error instanceof Error
          ? error.message
          : 'It failed.'}
    </p>
    {error instanceof Problem && error.detail !== null && <p>{error.detail}</p>}
    {retry !== undefined && (
      <Button className="mt-2" onClick={retry}>
        Try again
      </Button>
    )}
  </Notice>
);

export interface LoadedProps<T> {
  readonly query: UseQueryResult<T, Error>;
  readonly what: string;
  readonly children: (data: T) => ReactNode;
}

/** One query, in whatever state it is. Data that could not be renewed stays visible and is called old. */
export const Loaded = <T,>({ query, what, children }: LoadedProps<T>) => {
  const { data, error } = query;
  if (data === undefined) {
    // What a role may not see is not even asked for (`enabled`).
    if (isForbidden(error) || !query.isEnabled) return <Forbidden what={what} />;
    if (error === null) return <Loading what={what} />;
    return <Failed error={error} retry={() => void query.refetch()} />;
  }
  return (
    <>
      {error !== null && (
        <Notice tone="hold">
          Not renewed since {new Date(query.dataUpdatedAt).toLocaleTimeString()}: {error.message}.
        </Notice>
      )}
      {children(data)}
    </>
  );
};
