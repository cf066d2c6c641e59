/** How an account stands with the operator of the service (WCP 5.3): `degraded` is warned, `suspended` denied. */
export const STANDINGS = ['ok', 'degraded', 'suspended'] as const;
export type Standing = (typeof STANDINGS)[number];

export const isStanding = (text: string): text is Standing => STANDINGS.some((standing) => standing === text);
