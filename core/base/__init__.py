"""What everything stands on: errors, paths, files, progress, memory, background work. Imports nothing of ours."""
