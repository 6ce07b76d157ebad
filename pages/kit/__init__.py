"""What pages share. All caching and all session keys live here."""
