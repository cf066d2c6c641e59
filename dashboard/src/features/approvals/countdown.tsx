import { useEffect, useState } from 'react';

const words = (seconds: number): string => {
  if (seconds <= 0) return 'time is over';
  if (seconds < 90) return `${seconds} s left`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min left`;
  return `${Math.round(seconds / 3600)} h left`;
};

const leftUntil = (until: string): number => Math.round((Date.parse(until) - Date.now()) / 1000);

/** Renewed every second, and not read out each time. */
export const Countdown = ({ until }: { until: string }) => {
  const [left, setLeft] = useState(leftUntil(until));
  useEffect(() => {
    const timer = setInterval(() => setLeft(leftUntil(until)), 1_000);
    return () => clearInterval(timer);
  }, [until]);
  return (
    <time dateTime={until} title={until} className={left < 90 ? 'font-medium text-deny' : 'text-soft'}>
      {words(left)}
    </time>
  );
};
