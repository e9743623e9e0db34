"""What Sifra tells people unasked: notices that wait for delivery. And the pictures that go with replies."""
