import { Box, Text, useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import { keysOf } from './keys.ts';
import { frameLines } from './screens/index.ts';
import type { Store } from './state/store.ts';
import type { UiState } from './state/ui-state.ts';
import type { Theme } from './theme.ts';

export interface AppProps {
  readonly store: Store<UiState>;
  readonly theme: Theme;
  readonly onKey: (name: string) => void;
}

/** The frame as Ink elements: everything is laid out before, Ink only writes what changed. */
export function App({ store, theme, onKey }: AppProps) {
  const ui = useSyncExternalStore(store.subscribe, store.get);
  useInput((input, flags) => {
    for (const name of keysOf(input, flags)) onKey(name);
  });
  const lines = frameLines(ui, theme);
  return (
    <Box flexDirection="column" width={ui.columns}>
      {lines.map((row, y) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place on the screen
        <Text key={y} wrap="truncate">
          {theme.paint(row) || ' '}
        </Text>
      ))}
    </Box>
  );
}
