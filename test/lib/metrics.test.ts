import { expect, test } from 'vitest';
import { Histogram, labelText, MetricsPage } from '../../src/lib/metrics.ts';

test('a family is its help, its type, and a line for each set of labels', () => {
  const page = new MetricsPage();
  page.counter('requests_total', 'Requests.', [
    [labelText({ verb: 'GET', code: 200 }), 3],
    [labelText({ verb: 'PUT', code: 409 }), 1],
  ]);
  page.gauge('has_leader', 'Whether there is one.', 1);
  expect(page.toString()).toBe(
    [
      '# HELP requests_total Requests.',
      '# TYPE requests_total counter',
      'requests_total{verb="GET",code="200"} 3',
      'requests_total{verb="PUT",code="409"} 1',
      '# HELP has_leader Whether there is one.',
      '# TYPE has_leader gauge',
      'has_leader 1',
      '',
    ].join('\n'),
  );
});

test('values of labels are escaped as the format demands', () => {
  expect(labelText({ path: 'C:\\"x"\n' })).toBe('path="C:\\\\\\"x\\"\\n"');
});

test('the buckets of a histogram add up, a bound counts what equals it, and what is above all is in +Inf', () => {
  const histogram = new Histogram([0.1, 0.5]);
  for (const seconds of [0.05, 0.1, 0.25, 2]) histogram.observe(seconds);
  expect(histogram.lines('wait_seconds', 'verb="GET"')).toEqual([
    'wait_seconds_bucket{verb="GET",le="0.1"} 2',
    'wait_seconds_bucket{verb="GET",le="0.5"} 3',
    'wait_seconds_bucket{verb="GET",le="+Inf"} 4',
    'wait_seconds_sum{verb="GET"} 2.4',
    'wait_seconds_count{verb="GET"} 4',
  ]);
  expect(histogram.lines('wait_seconds', '')[0]).toBe('wait_seconds_bucket{le="0.1"} 2');
});

test('every program tells its processor time, memory and start', () => {
  const page = new MetricsPage();
  page.process();
  const value = (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(page.toString())?.[1]);
  expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(Math.abs(value('process_start_time_seconds') - Date.now() / 1000)).toBeLessThan(3600);
});
